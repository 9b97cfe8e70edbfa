"""What somebody typed into the search, read as terms: each must be there, in any order."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from leads.criteria import LARGEST_ID
from leads.search.words import (
    APOSTROPHE,
    FEWEST_DIGITS,
    LONGEST,
    WORD,
    digits_of,
    fold,
    reversed_number,
    spellings,
    storable,
)

LONGEST_TEXT = 200
MOST_TERMS = 8
WHOLE_NUMBER = 7
"""Digits from which on a number that was kept may be the end of the one that was typed."""
NUMBER = re.compile(r"(?<![\w@.])\+?\(?\d(?:[ \t\xa0().\-/]{0,4}\d)*(?![\w@])")
DOTTED = re.compile(r"\w[._]\w|@")
"""What may be a part of an address, or a domain."""
AROUND = ',;<>()"@.'
RECORD = re.compile(r"\d{6,40}")


@dataclass(frozen=True)
class Term:
    """One thing that must be there, in any of these forms."""

    beginnings: tuple[str, ...] = ()
    """How a token may begin."""
    exact: tuple[str, ...] = ()
    """What a token may be."""


@dataclass(frozen=True)
class Typed:
    """A text as it was typed."""

    text: str

    @classmethod
    def read(cls, given: str) -> Typed:
        """Without what no database takes, and no longer than anybody types."""
        return cls(" ".join(storable(given).split())[:LONGEST_TEXT])

    @property
    def is_too_short(self) -> bool:
        """One letter is in almost every lead; one sign of Chinese is a name."""
        return len(self.text) < 2 and self.text.isascii() and not self.text.isdecimal()

    @property
    def pk(self) -> int | None:
        """The lead's id that it may be."""
        is_id = self.text.isascii() and self.text.isdecimal() and len(self.text) <= 19
        return int(self.text) if is_id and int(self.text) <= LARGEST_ID else None

    @property
    def reference(self) -> uuid.UUID | None:
        """The lead's reference that it may be."""
        try:
            return uuid.UUID(self.text)
        except ValueError:
            return None

    @property
    def record(self) -> str:
        """The id of a record in the CRM that it may be."""
        return self.text if RECORD.fullmatch(self.text) else ""

    def readings(self) -> list[list[Term]]:
        """As terms, the likeliest first: what may be a whole is one, then each word for itself."""
        wholes, words = list(self._wholes()), list(self._pieces())
        both = (wholes[:MOST_TERMS], words[:MOST_TERMS])
        return [terms for n, terms in enumerate(both) if terms and terms not in both[:n]]

    def _wholes(self) -> Iterator[Term]:
        rest = "".join(fold(sign) if sign.isdecimal() else sign for sign in self.text)
        numbers = [n for n in NUMBER.finditer(rest) if len(digits_of(n[0])) >= FEWEST_DIGITS]
        yield from (number_term(found[0]) for found in numbers)
        for found in reversed(numbers):
            rest = f"{rest[: found.start()]} {rest[found.end() :]}"
        for chunk in rest.split():
            yield from [whole(chunk)] if DOTTED.search(chunk) else words(chunk)

    def _pieces(self) -> Iterator[Term]:
        for chunk in self.text.split():
            yield from [whole(chunk)] if "@" in chunk else words(chunk)


def number_term(given: str) -> Term:
    """A number by its end; also one that was kept without the country or area that was typed."""
    digits, raw = digits_of(given), given.strip()
    dialled = digits.lstrip("0")
    ends = [digits, *([dialled] if len(dialled) >= WHOLE_NUMBER else [])]
    shorter = (dialled[-n:] for n in range(WHOLE_NUMBER, len(dialled)))
    return Term(
        (*dict.fromkeys(map(reversed_number, ends)), *([raw[:LONGEST]] if raw.isdecimal() else [])),
        tuple(dict.fromkeys(reversed_number(one.lstrip("0")) for one in shorter)),
    )


def whole(chunk: str) -> Term:
    """An address or a domain, or how one begins."""
    return Term(tuple(form.strip(AROUND)[:LONGEST] for form in spellings(chunk)))


def words(given: str) -> Iterator[Term]:
    """The words of a text: a term each, in all spellings."""
    for word in APOSTROPHE.sub("", given).split():
        first, *others = [WORD.findall(form) for form in spellings(word)]
        alike = [pieces for pieces in others if len(pieces) == len(first)]
        for forms in zip(first, *alike, strict=True):
            number = forms[0].isdecimal() and len(forms[0]) >= FEWEST_DIGITS
            end = [reversed_number(forms[0])] if number else []
            yield Term(tuple(dict.fromkeys((*(form[:LONGEST] for form in forms), *end))))
