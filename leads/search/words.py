"""Tokens: what is kept of a lead's words and numbers so that an index finds them as they are typed.

A token is looked for by how it begins. So a telephone number is kept with its digits in reverse,
because people say its end; and letters are folded, because nobody types accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from leads.data import text

NAMES = ("contact_name", "first_name", "last_name", "company")
"""The fields whose words are tokens."""
LONGEST = 64
"""Characters of a token, and of a word that is looked for."""
MOST = 40
"""Tokens of a lead: a hostile one has thousands of words."""
MOST_SUFFIXES = 3
FEWEST_DIGITS = 4
"""Digits that are the end of a number; fewer are in every tenth one."""
MOST_DIGITS = 15
"""Of one telephone number, country and all (E.164)."""
MARK = "#"
"""What a number's token begins with, so that no word is taken for it."""
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
ADDRESS = re.compile(r"[^\s,;<>()\"]+@[^\s,;<>()\"@]+")
BETWEEN_NUMBERS = re.compile(r"[^\d\s+().\-]+")


def fold(given: str) -> str:
    """The text without accents and case: Łukasz as lukasz, Weiß as weiss, ٤ as 4."""
    lower = unicodedata.normalize("NFKD", given).casefold().translate(PLAIN)
    apart = unicodedata.normalize("NFKD", lower).casefold().translate(PLAIN)
    return "".join(_plain(letter) for letter in apart if unicodedata.category(letter)[0] != "M")


def _plain(letter: str) -> str:
    if letter.isascii() or not letter.isdecimal():
        return letter
    return str(unicodedata.decimal(letter))


def spellings(given: str) -> list[str]:
    """The text folded, and where a letter has another spelling, in that too."""
    lower = unicodedata.normalize("NFC", given).casefold()
    return list(dict.fromkeys((fold(given), fold(lower.translate(SPELT_OUT)))))


def words_in(given: str) -> Iterator[str]:
    """The words of a text, each in every spelling; O'Brien as one word and as two."""
    joined = APOSTROPHE.sub("", given)
    for form in dict.fromkeys((joined, APOSTROPHE.sub(" ", given))):
        for spelling in spellings(form):
            yield from WORD.findall(spelling)


def digits_of(given: str) -> str:
    """The digits of a number; (0) is not dialled."""
    return re.sub(r"[^0-9]", "", fold(given).replace("(0)", ""))


def reversed_number(digits: str) -> str:
    """The token of a number, or how the tokens begin of all that end so."""
    return MARK + digits[::-1][: LONGEST - 1]


def numbers_in(given: str) -> Iterator[str]:
    """The numbers of a text as tokens; two behind each other are two."""
    for part in BETWEEN_NUMBERS.split(fold(given)):
        digits = digits_of(part)
        parts = part.split() if len(digits) > MOST_DIGITS else ()
        each = (digits, *map(digits_of, parts))
        # Nor are 0 and 00 before a number a part of it: they hang on from where it is called.
        numbers = (one.lstrip("0") for one in each)
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


def tokens_of(data: dict[str, Any]) -> list[str]:
    """The tokens of a lead's fields: never none, each once, the rarest kinds first."""
    email = text(data, "email")
    found: Iterable[str] = chain(
        numbers_in(text(data, "phone")),
        addresses_in(email),
        *(words_in(text(data, name)) for name in NAMES),
        () if "@" in email else words_in(email),
    )
    whole = (storable(token)[:LONGEST] for token in found)
    return list(dict.fromkeys(filter(None, whole)))[:MOST] or [NOTHING]


def storable(token: str) -> str:
    """Without what no database takes as text."""
    return token.replace("\x00", "").encode("utf-8", "ignore").decode()
