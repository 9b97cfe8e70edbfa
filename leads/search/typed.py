"""What somebody typed into the search, read as terms: each must be there, in any order."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from leads.criteria import LARGEST_ID
from leads.search import numbers
from leads.search.numbers import EXTENSIONS, FEWEST_DIGITS, LONGEST_EXTENSION, WHOLE
from leads.search.words import (
    APOSTROPHE,
    LONGEST,
    WORD,
    fold,
    reversed_number,
    spellings,
    storable,
)

LONGEST_TEXT = 200
MOST_TERMS = 8
LABELS = (
    "telephone|telefon|téléphone|telefono|teléfono|telefone|telefoon|telnr|tel|phone|ph|fon|call"
    "|callto|sms|mobiltelefon|mobile|mobil|móvil|handynummer|handy|cellulare|celular|cell|portable"
    "|gsm|telefax|fax|whatsapp|home|work|office|privat|private|geschäftlich|dienstlich|bureau"
    "|number|nummer|numéro|número|numero|no|nr|main|direct|oder|or|ou|und|and|et|y|o|e|t|p|m|f|h|w"
)
"""What people write beside a number, and nobody is called."""
LABEL = rf"(?:(?<![^\W_])(?:{LABELS})(?![^\W\d_])[\s.:/)\-]*)"
NUMBER = re.compile(
    rf"(?<![\w@.])[(]?{LABEL}*"
    r"(?P<number>[+(\[]*\d(?:(?:[^\w@]|_){0,6}\d)*)"
    rf"(?:[\s,;.(\-]*(?:{EXTENSIONS})[\s.:=)\-]*\d{{1,{LONGEST_EXTENSION}}}\)?)?"
    rf"(?:[\s(\[]+{LABEL})*(?![\w@])",
    re.IGNORECASE,
)
"""A number with its labels and its extension, of which neither is looked for."""
DOTTED = re.compile(r"\w[._]\w|@")
"""What may be a part of an address, or a domain."""
AROUND = ',;<>()"@.'
LINK = re.compile(
    r"[<(\"']*(?P<scheme>(?:https?|ftp|mailto):/*)?(?P<www>www\d?\.(?=[^.]+\.))?"
    r"(?P<host>[^/?#\s]+)(?P<path>[/?#]\S*)?",
    re.IGNORECASE,
)
"""A link as it is copied: of it the address, or the host, is what a lead has."""
HOST = re.compile(r"[\w\-]+(?:\.[\w\-]+)*\.[^\W\d_]{2,}(?::\d+)?")
LEAD = re.compile(
    r"(?:(?P<lead>lead)[\s.:\-]*)?(?:(?:(?:id|no|nr|num|number|nummer|numéro)\b|№|n°)[\s.:]*)?"
    r"(?P<sign>#)?\s*(?P<id>[0-9]{1,19})",
    re.IGNORECASE,
)
"""A lead as it is called in a mail and on its page: 4711, #4711, Lead 4711, Lead Nr. 4711."""
PAGE = re.compile(r"\S+://\S+/(?:failed)?lead/(?P<id>[0-9]{1,19})(?:/\S*)?")
"""The address of a lead's page."""
RECORD = re.compile(r"(?:https?://\S+/)?(\d{6,40})/?")
UUID = re.compile(r"(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])", re.IGNORECASE)
TITLES = frozenset(
    word
    for line in """
    mr mrs ms miss mx dr prof herr herrn frau fraulein fraeulein mme mlle monsieur madame
    mademoiselle sr sra srta senor senora senorita senhor senhora sig sigra signor signora signore
    dott dottssa mevrouw mevr dhr
    """.splitlines()
    for word in line.split()
)
"""How a caller is spoken of; few leads keep it."""
PERHAPS_TITLES = TITLES | frozenset(
    word
    for line in """
    m me mag ing dipl sir lady lord don dona fam familie family maitre rev heer pan pani
    """.splitlines()
    for word in line.split()
)
"""With those that are names, too, or how some begin."""


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
        found = LEAD.fullmatch(self.text) or PAGE.fullmatch(self.text)
        return int(found["id"]) if found and int(found["id"]) <= LARGEST_ID else None

    @property
    def is_only_a_lead(self) -> bool:
        """Whether it says itself that it is a lead, and not somebody's number."""
        found = LEAD.fullmatch(self.text)
        return bool((found and (found["lead"] or found["sign"])) or PAGE.fullmatch(self.text))

    @property
    def reference(self) -> uuid.UUID | None:
        """The lead's reference that it may be, or has in it."""
        found = UUID.search(self.text)
        try:
            return uuid.UUID(found[0] if found else self.text)
        except ValueError:
            return None

    @property
    def record(self) -> str:
        """The id of a record in the CRM that it may be, or leads to."""
        found = RECORD.fullmatch(self.text)
        return found[1] if found else ""

    def readings(self) -> list[list[Term]]:
        """As terms, the likeliest first.

        What may be a whole is one; then what may be several numbers is that; then each word stands
        for itself.
        """
        others = list(self._others())
        ones, pieces = [*self._numbers("ones"), *others], [*self._numbers("pieces"), *others]
        each = [terms[:MOST_TERMS] for terms in (ones, pieces, list(self._words()))]
        return [terms for n, terms in enumerate(each) if terms and terms not in each[:n]]

    @cached_property
    def _parts(self) -> tuple[list[numbers.Read], str]:
        """The numbers of the text, and what it has besides."""
        rest = " ".join(linked_to(chunk) for chunk in numbers.plain(self.text).split())
        found = [n for n in NUMBER.finditer(rest) if _is_long_enough(n["number"])]
        for one in reversed(found):
            rest = f"{rest[: one.start()]} {rest[one.end() :]}"
        return [numbers.read(one["number"]) for one in found], rest

    def _numbers(self, read_as: str) -> Iterator[Term]:
        for found in self._parts[0]:
            each: list[str] = getattr(found, read_as)
            # What is too short for itself is a part of one, such as its area.
            yield from map(number_term, each if all(map(_is_long_enough, each)) else found.ones)

    def _others(self) -> Iterator[Term]:
        found, rest = self._parts
        chunks = rest.split()
        for at, chunk in enumerate(chunks):
            # Behind everything else it is a name, such as that of Hans Herr.
            names = at + 1 < len(chunks) or bool(found) or (at and chunks[at - 1].endswith(","))
            if names and fold(chunk.strip(AROUND).replace(".", "")) in TITLES:
                continue
            yield from whole(chunk) if DOTTED.search(chunk) else words(chunk)

    def _words(self) -> Iterator[Term]:
        terms = [
            term
            for chunk in map(linked_to, self.text.split())
            for term in (whole(chunk) if "@" in chunk else words(chunk))
        ]
        yield from (one for one in terms[:-1] if PERHAPS_TITLES.isdisjoint(one.beginnings))
        yield from terms[-1:]


def _is_long_enough(number: str) -> bool:
    return len(numbers.digits_of(number)) >= FEWEST_DIGITS


def linked_to(chunk: str) -> str:
    """The address or the host of a link; anything else as it is."""
    found = LINK.fullmatch(chunk)
    if not found:
        return chunk
    host = found["host"].rpartition("@")[2] if found["scheme"] else found["host"]
    if (found["scheme"] or "").lower().startswith("mailto") or "@" in found["host"]:
        return found["host"] if found["scheme"] or found["path"] else chunk
    bare = host.strip(AROUND + "'")
    is_link = bool(found["scheme"] or found["www"] or found["path"]) and HOST.fullmatch(bare)
    return bare.partition(":")[0] if is_link else chunk


def number_term(given: str) -> Term:
    """A number by its end; also one that was kept without the country or area that was typed."""
    forms, raw = numbers.forms_of(given), given.strip()
    dialled = [form.lstrip("0") for form in forms]
    ends = [*forms, *(one for one in dialled if len(one) >= WHOLE)]
    shorter = (one[-n:] for one in dialled for n in range(WHOLE, len(one)))
    return Term(
        (*_each(map(reversed_number, ends)), *([raw[:LONGEST]] if raw.isdecimal() else [])),
        _each(reversed_number(one.lstrip("0")) for one in shorter),
    )


def _each(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def whole(chunk: str) -> list[Term]:
    """An address or a domain, or how one begins; none where it is all signs."""
    forms = [form.strip(AROUND)[:LONGEST] for form in spellings(chunk)]
    return [Term(tuple(forms))] if all(forms) else []


def words(given: str) -> Iterator[Term]:
    """The words of a text: a term each, in all spellings."""
    for word in APOSTROPHE.sub("", given).split():
        first, *others = [WORD.findall(form) for form in spellings(word)]
        alike = [pieces for pieces in others if len(pieces) == len(first)]
        for forms in zip(first, *alike, strict=True):
            number = forms[0].isdecimal() and len(forms[0]) >= FEWEST_DIGITS
            end = [reversed_number(forms[0])] if number else []
            yield Term(tuple(dict.fromkeys((*(form[:LONGEST] for form in forms), *end))))
