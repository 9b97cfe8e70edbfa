"""Telephone numbers as people write them, read alike where they are kept and where they are typed.

Blanks, dots, dashes and brackets stand within a number. Any other sign may, or may stand between
two: where each side is a whole number they are two, else both are meant, the whole and its pieces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

FEWEST_DIGITS = 4
"""Digits that are the end of a number; fewer are in every tenth one."""
WHOLE = 7
"""Digits from which on a number needs no other part."""
MOST_DIGITS = 15
"""Of one telephone number, country and all (E.164)."""
LONGEST_EXTENSION = 6
LONGEST_TEXT = 2000
"""Characters of a text that are looked at: a hostile one is all signs."""
CODES = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))
"""Of countries; none begins with another."""

LETTERS = re.compile(r"([^\W\d_]+)")
DIGIT = re.compile(r"\d")
NO_DIGIT = re.compile(r"\D+")
TRUNK = re.compile(r"[(\[]\s*0\s*[)\]]")
"""The zero of +49 (0)89: not dialled."""
SLASH = re.compile(r"/")
OTHERS = re.compile(r"[^\d\s().\-+/]|(?<=\d)(?=\D*?\+)")
"""Signs other than a slash; a plus begins the next number."""
LOOSE = re.compile(r"[^\d\s().\-+]|\d[^\d+]*\+")
"""Whether a text has any sign of which pieces come."""
DOTS, SLASHES, DASHES = "·•‧∙⋅・", "⁄∕⧸", "−⁃"
EXTENSIONS = (
    "extension|extn|ext|poste|durchwahl|dw|nebenstelle|nst|apparat|app|anexo|interno|int|ramal"
    "|toestel|tst|klapka|wewn|wew|x"
)
"""What people put before the digits that are dialled once somebody answers."""
AN_EXTENSION = re.compile(EXTENSIONS, re.IGNORECASE)


class Read(NamedTuple):
    """A stretch of digits and signs, as the numbers that it may be."""

    ones: list[str]
    """Each a number as it was written, its parts together."""
    pieces: list[str]
    """What stands between all signs that may be between two numbers."""


def plain(given: str) -> str:
    """The text with digits and signs as a keyboard has them; its letters stay."""
    return given if given.isascii() else "".join(map(_plain, given))


@lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    if sign.isascii() or sign.isalpha():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    kind = unicodedata.category(sign)
    if kind[0] == "Z" or kind in ("Cf", "Cc"):
        return " "
    if kind == "Pd" or sign in DASHES:
        return "-"
    if sign in DOTS or sign in SLASHES:
        return "." if sign in DOTS else "/"
    return sign if kind[0] == "M" else unicodedata.normalize("NFKC", sign)


def read(stretch: str) -> Read:
    """The numbers of a text without letters, whose signs are plain."""
    text = TRUNK.sub("", stretch)
    if not LOOSE.search(text):
        return Read([text], [text]) if DIGIT.search(text) else Read([], [])
    pieces = [piece for part in OTHERS.split(text) for piece in SLASH.split(part)]
    # Which sign parts numbers and which parts of one is seen by what comes of it.
    each = (_ones(text, (OTHERS, SLASH)), _ones(text, (SLASH, OTHERS)))
    return Read(min(each, key=_count_of_short), _with_digits(pieces))


def _count_of_short(ones: Iterable[str]) -> int:
    return sum(len(digits_of(one)) < WHOLE for one in ones)


def _ones(text: str, signs: tuple[re.Pattern[str], ...]) -> list[str]:
    """The text as numbers: it is one, or what stands between the first of the signs are."""
    if not signs:
        return [text]
    parts = _with_digits(signs[0].split(text))
    if len(parts) > 1 and _is_one(parts):
        return [text]
    return [one for part in parts for one in _ones(part, signs[1:])]


def _is_one(parts: Iterable[str]) -> bool:
    """Whether parts may be those of one number: some are too short to be a whole one."""
    lengths = [len(digits_of(part)) for part in parts]
    return sum(lengths) <= MOST_DIGITS and min(lengths) < WHOLE


def _with_digits(parts: Iterable[str]) -> list[str]:
    return [part for part in parts if DIGIT.search(part)]


def digits_of(number: str) -> str:
    """The digits of a number whose signs are plain."""
    return NO_DIGIT.sub("", number)


def forms_of(number: str) -> list[str]:
    """A number's digits; of +49 089 also those that are dialled, +49 89."""
    digits = digits_of(number)
    if not digits.startswith("00") and not number.lstrip(" (").startswith("+"):
        return [digits]
    abroad = digits.lstrip("0")
    code = next((abroad[:n] for n in (1, 2, 3) if abroad[:n] in CODES), "")
    behind = abroad[len(code) :]
    return [digits, code + behind.lstrip("0")] if code and behind.startswith("0") else [digits]


def numbers_in(given: str) -> Iterator[str]:
    """The digits of each number that a text may hold: wholes, their pieces, and with extension."""
    if not given:
        return
    parts = LETTERS.split(plain(given[:LONGEST_TEXT]))
    last = ""
    for at in range(0, len(parts), 2):
        found = read(parts[at])
        if not found.ones:
            continue
        if last and AN_EXTENSION.fullmatch(parts[at - 1]):
            digits = digits_of(parts[at])
            yield from [last + digits] if len(digits) <= LONGEST_EXTENSION else []
        last = digits_of(found.ones[-1])
        yield from _digits_in(found)


def _digits_in(found: Read) -> Iterator[str]:
    """What was read as digits, and what else that may be."""
    for one in found.ones:
        yield from forms_of(one)
        yield from _behind_each_other(one)
    if found.pieces != found.ones:
        yield from map(digits_of, found.pieces)


def _behind_each_other(one: str) -> Iterator[str]:
    """The numbers that only blanks or brackets keep apart, where they are too much for one."""
    parts = one.split()
    lengths = [len(digits_of(part)) for part in parts]
    if len(parts) < 2:
        return
    if sum(lengths) > MOST_DIGITS or min(lengths) >= WHOLE:
        yield from map(digits_of, parts)
    if MOST_DIGITS < sum(lengths) <= 2 * MOST_DIGITS:
        # Two in groups: most likely where they are of one length.
        at = min(range(1, len(parts)), key=lambda n: abs(sum(lengths[:n]) - sum(lengths[n:])))
        halves = digits_of("".join(parts[:at])), digits_of("".join(parts[at:]))
        yield from halves if min(map(len, halves)) >= WHOLE else ()
