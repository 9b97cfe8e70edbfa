"""Labels in people's own words: “What's your full name?”, “Phone (incl. country code)”. Pure.

Every word of a label must be known: “Phone model” and “the name of your dog” ask for other things.
"""

from __future__ import annotations

import re
from functools import lru_cache

from leads.intake.recognise.names import ADDRESSING, ALONE, POLITE, TABLE, folded

MOST_WORDS = 9
BEHIND_THE_TABLE = 500
"""A rank behind every name that the table has."""
ASKING = frozenset(
    word
    for line in """
    what s whats which may can could we us have know tell give say wie lautet ist quel
    quelle est quels sont cual es como qual e come c jak jest wat hoe luidt and
    """.splitlines()
    for word in line.split()
)
"""Words of which questions are made."""
SAID = frozenset(
    [
        *("wie heissen sie", "wie heisst du", "comment vous appelez vous", "comment t appelles tu"),
        *("comment tu t appelles", "como te llamas", "como se llama", "como se llama usted"),
        *("come ti chiami", "come si chiama", "como se chama", "como voce se chama"),
        *("jak sie nazywasz", "jak sie pan nazywa", "jak sie pani nazywa", "hoe heet je"),
        *("hoe heet u",),
    ]
)
"""Questions for a name that do not say the word."""
WRITERS = frozenset(
    word
    for line in """
    customer client lead user contact applicant subscriber buyer member person kunde klant
    cliente contato contatto contacto kontakt visitor prospect
    """.splitlines()
    for word in line.split()
)
"""Whose programs say that a first name is: `customer_first_name`."""
PERSONAL = frozenset({"contact_name", "first_name", "last_name", "email", "phone"})
BEFORE = re.compile(r"^(?:et pb|name \d+) (?=[a-z])")
"""What Divi and Forminator put before a name: `et_pb_contact_name_0`, `name-1-first-name`."""
BEHIND = re.compile(r"(?: \d+)+$")
PHONE = frozenset(
    word
    for line in """
    phone telephone tel mobilephone mobile cell cellphone cellular whatsapp telefon
    telefonnummer rufnummer handy handynummer mobil mobilnummer mobiltelefon telephonique
    portable mobiel telefoon telefoonnummer telefono telefonico movil celular cellulare
    telefone telefonico telemovel telefonu telefoniczny komorka komorkowy
    """.splitlines()
    for word in line.split()
)
ABOUT_A_PHONE = frozenset(
    word
    for line in """
    number numbers no nr num nummer numero numer best preferred contact contatto contacto
    contato kontakt kontaktowy recapito day daytime evening time tagsuber abends incl
    including with country area code dial and or und oder et ou y o e of for fur
    ruckfragen ruckruf mit vorwahl de di du per reach call can we us you at at main
    primary home work mobile direct
    """.splitlines()
    for word in line.split()
)
"""Words that say which of the person's numbers is asked for, and how."""


@lru_cache(maxsize=4096)  # the same few names with every post
def spoken(label: str) -> tuple[str, int] | None:
    """Our field that a label asks for in words of its own, and its rank; None for any other."""
    words = BEHIND.sub("", BEFORE.sub("", folded(label))).split()
    if not 0 < len(words) <= MOST_WORDS:
        return None
    if " ".join(words) in SAID:
        return "contact_name", BEHIND_THE_TABLE
    asked = [word for word in words if word not in POLITE and word not in ASKING]
    if asked[:1] and asked[0] in WRITERS and " ".join(asked) not in TABLE:
        asked = asked[1:]
        words = asked
    name = TABLE.get(" ".join(asked), ("",))[0]
    is_bare = " ".join(asked) in ALONE and ADDRESSING.isdisjoint(words)
    if name in PERSONAL and not is_bare:
        return name, BEHIND_THE_TABLE
    kept = set(words) - POLITE
    if kept & PHONE and kept <= PHONE | ABOUT_A_PHONE:
        return "phone", BEHIND_THE_TABLE
    return None
