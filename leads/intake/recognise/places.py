"""Whose a value is: what stands above it, and where the person is who can be reached. Pure.

`{"email": …, "student": {"name": …}}` names somebody else than who wrote; `{"lead": {"name": …}}`
does not. What only wraps what a person typed is no thing of its own; whatever else stands above a
value may be anybody, whatever it is called: a list of things would never be whole.
"""

from __future__ import annotations

from functools import lru_cache

from leads.intake.body.shape import VALUES, Field, Path
from leads.intake.recognise.names import LONGEST_LABEL, POLITE, TABLE, asked_for, folded
from leads.intake.recognise.remembered import remembered

WRAPPERS = frozenset(
    word
    for line in """
    address adf anfrage answer answers antwoorden antworten attribute attributes basic billing
    body campi campos champs client cliente clients column columns contact contacto
    contactpersoon contacts contato contatto content contents coordonnees customer customers
    dados dane data daten dati datos default detail details donnees enquirer enquiry entries
    entry envelope felder field fields form forms formular formulardaten gegevens general group
    human identity inbound info information input inputs inquirer inquiry interessent invitee
    json key klant klient kontakt kunde lead leads main map merge merges message named
    notification object odpowiedzi output param parameters params parsed part payload people
    person persona personal personne pola post posted posts primary profile properties prospect
    prospects question questions raw record records registrant reponses request requester
    respondent response responses respostas respuestas result results risposte row rows section
    sections sender step steps submission submissions submit submitted submitter subscriber
    value values variables velden visitor web webform widget wrapper
    """.splitlines()
    for word in line.split()
)
"""Words for what holds a person's answers, or for the person who gives them."""
JOINING = frozenset({"and", "und", "et", "en"})
"""`questions_and_answers`."""
PERSONAL = frozenset({"contact_name", "first_name", "last_name", "email", "phone"})
DIGITS = "0123456789"
GENERIC = frozenset({"value", "values"})


def called_step(one: Field) -> int:
    """Where in its path the step is that a value is called by: `PHONE` of `PHONE.0.VALUE`."""
    return _called_step(one.path) if len(one.path) > 1 else len(one.path) - 1


@remembered
def _called_step(path: Path) -> int:
    at = len(path) - 1
    while at > 0 and (path[at].isdecimal() or folded(path[at]) in GENERIC):
        at -= 1
    return at


def place_of(one: Field) -> Path:
    """The things that a value stands below; () for what is the form's own."""
    above = one.path[: max(called_step(one), 0)]
    if one.about.label and one.path[-1] in VALUES:
        above = above[:-1]  # the name of the answer, by which the tool knows it
    return _things(above) if above else above


@remembered
def _things(above: Path) -> Path:
    return tuple(step for step in above if not is_wrapper(step[:LONGEST_LABEL]))


@lru_cache(maxsize=4096)
def is_wrapper(step: str) -> bool:
    """Whether a step is none of a thing: a wrapper, a number, or the whole of a name or address."""
    # `student1` is a student; `q3` and `f81d4fae` are how a tool counts.
    words = {word.rstrip(DIGITS) for word in folded(step).split()}
    words = {word for word in words if word.isalpha() and (len(word) > 1 or word == step)}
    bare = words - POLITE - JOINING
    bare -= {"user"} if len(bare) > 1 else set()  # `user_column_data` holds what a user typed
    if not words or (bare and bare <= WRAPPERS):
        return True
    return any(TABLE.get(name, ("", 0))[0] in PERSONAL for name in (folded(step), asked_for(step)))
