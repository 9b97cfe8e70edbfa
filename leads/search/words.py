"""Tokens: what is kept of a lead's words and numbers so that an index finds them as they are typed.

A token is looked for by how it begins. So a telephone number is kept with its digits in reverse,
because people say its end; and letters are folded, because nobody types accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from leads.data import text
from leads.search.meanings import Kind, filled_texts
from leads.search.numbers import FEWEST_DIGITS, numbers_in

NAMES = ("contact_name", "first_name", "last_name", "company")
"""The fields whose words are tokens."""
LONGEST = 64
"""Characters of a token, and of a word that is looked for."""
MOST = 40
"""Tokens of a lead: a hostile one has thousands of words."""
MOST_SUFFIXES = 3
MARK = "#"
"""What a number's token begins with, so that no word is taken for it."""
NO_LABELS: Mapping[str, str] = {}
NOTHING = ""
"""The token of a lead that has none: it has been looked at."""

PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
     "ŧ": "t", "ŋ": "n", "ĸ": "k", "ŀ": "l", "ƒ": "f"}
)  # fmt: skip
"""Letters that no decomposition takes apart."""
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
"""Letters that people without the key write as two: Müller is Mueller too."""
APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`´](?=\w)")
WORD = re.compile(r"[^\W_]+")
ADDRESS = re.compile(r"[^\s,;<>()\":]+@[^\s,;<>()\":@/?|]+")


def fold(given: str) -> str:
    """The text without accents and case: Łukasz as lukasz, Weiß as weiss, ٤ as 4."""
    if given.isascii():
        return given.lower()
    lower = unicodedata.normalize("NFKD", given).casefold().translate(PLAIN)
    apart = unicodedata.normalize("NFKD", lower).casefold().translate(PLAIN)
    return "".join(_plain(letter) for letter in apart if unicodedata.category(letter)[0] != "M")


def _plain(letter: str) -> str:
    if letter.isascii() or not letter.isdecimal():
        return letter
    return str(unicodedata.decimal(letter))


def spellings(given: str) -> list[str]:
    """The text folded, and where a letter has another spelling, in that too."""
    if given.isascii():
        return [given.lower()]
    lower = unicodedata.normalize("NFC", given).casefold()
    return list(dict.fromkeys((fold(given), fold(lower.translate(SPELT_OUT)))))


def words_in(given: str) -> Iterator[str]:
    """The words of a text, each in every spelling; O'Brien as one word and as two."""
    joined = APOSTROPHE.sub("", given)
    for form in dict.fromkeys((joined, APOSTROPHE.sub(" ", given))):
        for spelling in spellings(form):
            yield from WORD.findall(spelling)


def reversed_number(digits: str) -> str:
    """The token of a number, or how the tokens begin of all that end so."""
    return MARK + digits[::-1][: LONGEST - 1]


def number_tokens(given: str) -> Iterator[str]:
    """The numbers of a text as tokens; two behind each other are two."""
    # Nor are 0 and 00 before a number a part of it: they hang on from where it is called.
    numbers = (digits.lstrip("0") for digits in numbers_in(given))
    yield from (reversed_number(one) for one in numbers if len(one) >= FEWEST_DIGITS)


def addresses_in(given: str) -> Iterator[str]:
    """An address whole, the pieces of its first half, its domain and what that is part of."""
    for address in ADDRESS.findall(fold(given)):
        local, _at, domain = address.rpartition("@")
        yield address
        # The first piece is how the whole address begins.
        yield from WORD.findall(local)[1:]
        labels = domain.strip(".").split(".")
        for at in range(min(max(1, len(labels) - 1), MOST_SUFFIXES)):
            yield ".".join(labels[at:])


def tokens_of(data: dict[str, Any], labels: Mapping[str, str] = NO_LABELS) -> list[str]:
    """The tokens of a lead's fields: never none, each once, the rarest kinds first.

    Of the CRM's own fields, too, that somebody filled in; `labels` says what people call those.
    """
    filled = filled_texts(data, labels)
    email = text(data, "email")
    found: Iterable[str] = chain(
        number_tokens(text(data, "phone")),
        addresses_in(email),
        *(words_in(text(data, name)) for name in NAMES),
        () if "@" in email else words_in(email),
        *(KINDS[kind](value) for kind, value in filled),
    )
    whole = (storable(token)[:LONGEST] for token in found)
    return list(dict.fromkeys(filter(None, whole)))[:MOST] or [NOTHING]


KINDS: dict[Kind, Callable[[str], Iterator[str]]] = {
    Kind.NAME: words_in,
    Kind.PHONE: number_tokens,
    Kind.EMAIL: addresses_in,
}
"""The tokens of what a field holds, by what that is."""


def storable(token: str) -> str:
    """Without what no database takes as text."""
    return token.replace("\x00", "").encode("utf-8", "ignore").decode()
