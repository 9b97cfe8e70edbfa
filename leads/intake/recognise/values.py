"""What a value looks like: a person's name, a phone number, or plainly something else. Pure.

A bare `name` says nothing of whose it is: its value must not be what programs, forms and firms
write there. Under a label that asks for a person, such as “Full name”, people write what they like.
"""

from __future__ import annotations

import re
from typing import Any

from leads.intake.recognise.names import TABLE, asked_for, folded

ADDRESS = re.compile(r"[^\s@,;<>()\"]{1,64}@[^\s@,;<>()\"]+\.[^\s@,;<>()\".]{2,}")
LETTER = re.compile(r"[^\W\d_]")
NO_NAME = re.compile(
    r"://|^www\.|[\w-]\.[a-z]{2,}/\w|^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$", re.IGNORECASE
)
"""An address of the web, or an id of a program."""
NO_BARE_NAME = re.compile(r"[\d/\\()\[\]{}<>|#@_?!%*;:]|\w{2}\.[a-z]{2}|^\W|^[a-z]+[A-Z]\S*$")
"""What no name of a person has in it: `LEAD-0001`, `google / cpc`, `lead.created`."""
MOST_WORDS = 8
THINGS = frozenset(
    word
    for line in """
    form forms lead leads entry record submission submitted submit created updated webhook event
    newsletter signup subscribe subscription order quote ticket invoice contactform webform
    enquiry inquiry request callback landingpage campaign
    anfrage bestellung angebot eintrag anmeldung modulo contatti richiesta ordine preventivo
    commande devis demande inscription pedido presupuesto solicitud orcamento aanvraag bestelling
    offerte aanmelding zamowienie zapytanie wycena
    field fields feld champ campo veld pole email mail phone telefon telephone telefono telefone
    telefoon mobile courriel correo
    gmbh ltd llc llp inc corp plc srl sarl sas bv nv ug kg ag spzoo limited company
    """.splitlines()
    for word in line.split()
)
"""Words that a thing's, a firm's or a field's name has and a person's has not."""
NOBODY = frozenset(
    word
    for line in """
    us you thank thanks our welcome
    yes no ja nein oui non si sim nao tak nie nee true false on off none not set unset unknown
    anonymous default main other new primary n a na null undefined clicked click
    google facebook instagram linkedin twitter tiktok youtube bing meta whatsapp pinterest zapier
    chrome firefox safari edge organic cpc ppc direct referral social paid display search ads seo
    website web site page home homepage landing pricing contact about blog kontakt contacto contatto
    contato startseite accueil inicio start checkout cart shop store head office headquarters
    admin administrator user guest visitor customer client
    monday tuesday wednesday thursday friday saturday sunday today yesterday
    montag dienstag mittwoch donnerstag freitag samstag sonntag
    """.splitlines()
    for word in line.split()
)
"""Words of which alone no name is made: answers, channels, pages, days."""
DIGITS = re.compile(r"\d")
FEWEST_DIGITS, MOST_DIGITS, MOST_LETTERS = 5, 40, 24
TOKEN = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\d+|[^\W\d_]+|(?:x|ext|tel|no|nr)\d+", re.IGNORECASE)
NO_NUMBER = re.compile(
    r"@|://|^\s*\d{4}-\d\d-\d\d(?:$|[T ])|^\s*[-+]?\d{1,6}[.,]\d{1,3}\s*$|"
    + r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    re.IGNORECASE,
)
"""A day, a price, an id, an address."""


def may_be_a_name(value: Any, text: str) -> bool:
    """Whether a value may be a name under a label that asks for one."""
    if not isinstance(value, str) or not LETTER.search(text):
        return False  # a number, or a tick in a box
    return not (ADDRESS.fullmatch(text) or NO_NAME.search(text))


def is_like_a_name(text: str) -> bool:
    """Whether a value looks like a person's name, under a label that things have, too."""
    if NO_BARE_NAME.search(text) or folded(text) in TABLE or asked_for(text) in TABLE:
        return False
    words = {*folded(text).split(), *text.casefold().replace(".", "").split()}
    if len(text.split()) > MOST_WORDS or any(map(_names_a_form, words)):
        return False
    return words.isdisjoint(THINGS) and not set(folded(text).split()) <= NOBODY


def _names_a_form(word: str) -> bool:
    return "formul" in word or (len(word) > len("form") and word.endswith("form"))


def is_a_number(text: str) -> bool:
    """Whether a value is one that somebody can be called at."""
    tokens, digits = TOKEN.findall(text), len(DIGITS.findall(text))
    letters = len(LETTER.findall(text))
    if NO_NUMBER.search(text) or letters > min(MOST_LETTERS, digits):
        return False
    return FEWEST_DIGITS <= digits <= MOST_DIGITS and all(map(NUMBER.fullmatch, tokens))
