"""Making text fit: plain text, addresses, numbers to dial, choices. Pure.

Every function gets a value that is not empty and the field, and says what goes into the field.
`None` means that nothing can, and `keep` that the field says less than the value: either way the
caller writes the whole value into Description. Nothing is dropped here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.data import as_text
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.fit import patterns
from zoho.fit.metadata import Field
from zoho.fit.readers import Home

_DIVIDER = re.compile(
    r"[;,|/\n\r\t•·\u2022\u2028\u2029\u060c\u061b\u3001\u30fb\uff0c\uff0f\uff1b\uff5c]|\s[&+]\s"
)
"""What may stand between two choices: of Latin, Arabic, Chinese and Japanese writing."""
MOST_PARTS = 100
"""Choices that are looked for in one text."""
PICKLIST_ITEM = 120
"""Characters of one choice (Zoho's field sample); a shorter length of the field wins."""

LONGER = Sentence(_("longer than %(most)s characters"))
CUT = Sentence(_("longer than %(most)s characters, cut"))
ADDRESS_TAKEN = Sentence(_("the address was taken out of a longer text"))
NO_ADDRESS = Sentence(_("not an e-mail address as Zoho wants it"))
NO_WEBSITE = Sentence(_("not a web address as Zoho wants it"))
SEPARATORS = Sentence(_("separators replaced by blanks"))
NUMBER_TAKEN = Sentence(_("the number was taken out of a longer text"))
NO_PHONE = Sentence(_("not a phone number of at most %(most)s characters"))
SPELLED = Sentence(_("spelled as in Zoho's list"))
NOT_LISTED = Sentence(_("not in Zoho's list"))
NEW_CHOICE = Sentence(_("not in Zoho's list, sent as a new choice"))
TAKEN_APART = Sentence(_("taken apart into the choices of Zoho's list"))


@dataclass(frozen=True)
class Fit:
    """What goes into the field, and what had to be done, in words without the value."""

    value: Any
    note: str = ""
    keep: bool = False
    reason: Reason = Reason.INVALID_VALUE
    """Why nothing can go into the field, where nothing can."""


Fitter = Callable[[Any, Field, Home], Fit]


def size(text: str) -> int:
    """The length of a text as Zoho's fields count it: in characters, or in units of UTF-16, of
    which an emoji has two (ZOHO_EMOJI_COUNTS_TWICE).
    """
    if not settings.ZOHO_EMOJI_COUNTS_TWICE:
        return len(text)
    return len(text) + sum(sign > "\uffff" for sign in text)


def cut(text: str, limit: int) -> str:
    """The beginning of a text, no longer than `limit`: whole words, never half a sign."""
    if size(text) <= limit:
        return text
    # A sign of two units takes the place of two.
    places = limit
    while (over := size(text[:places]) - limit) > 0:
        places -= (over + 1) // 2
    limit = places
    blank = text.rfind(" ", limit * 3 // 4, limit + 1)
    if blank > 0:
        return text[:blank].rstrip()
    end = limit
    # An accent or the second half of an emoji belongs to the sign before it; eight are enough for
    # any family of emojis, and a chain without end is cut anyway.
    while end > max(1, limit - 8) and _belongs_to_the_sign_before(text, end):
        end -= 1
    return text[:end]


def _belongs_to_the_sign_before(text: str, place: int) -> bool:
    sign = text[place]
    joins = unicodedata.category(sign)[0] == "M" or "\U0001f3fb" <= sign <= "\U0001f3ff"
    return joins or sign == "\u200d" or text[place - 1] == "\u200d"


def fit_text(value: Any, field: Field, _home: Home) -> Fit:
    """Text of any kind: too long, the field keeps its beginning."""
    text = as_text(value)
    if size(text) <= field.length:
        return Fit(text)
    return Fit(cut(text, field.length), CUT(most=field.length), keep=True)


def fit_email(value: Any, field: Field, _home: Home) -> Fit:
    """An address; one that stands in a longer text is taken out of it."""
    text = as_text(value)
    if not patterns.is_email(text):
        found = patterns.find_email(text)
        if 0 < size(found) <= field.length:
            return Fit(found, ADDRESS_TAKEN(), keep=True)
        return Fit(None, NO_ADDRESS())
    return _within(text, field)


def fit_website(value: Any, field: Field, _home: Home) -> Fit:
    """A web address. The length comes first: no pattern runs over a long text."""
    text = as_text(value)
    if size(text) <= field.length and not patterns.is_website(text):
        return Fit(None, NO_WEBSITE())
    return _within(text, field)


def _within(text: str, field: Field) -> Fit:
    if size(text) > field.length:
        return Fit(None, LONGER(most=field.length), reason=Reason.TOO_LONG)
    return Fit(text)


def fit_phone(value: Any, field: Field, _home: Home) -> Fit:
    """A phone number, letters allowed; odd separators become blanks."""
    text = as_text(value)
    if size(text) <= field.length and patterns.is_phone(text):
        return Fit(text)
    tidy = patterns.tidy_phone(text)
    if size(tidy) <= field.length and patterns.is_phone(tidy):
        return Fit(tidy, SEPARATORS(), keep=True)
    found = patterns.find_phone(text)
    if found and size(found) <= field.length and patterns.is_phone(found):
        return Fit(found, NUMBER_TAKEN(), keep=True)
    return Fit(None, NO_PHONE(most=field.length))


def fit_choice(value: Any, field: Field, _home: Home) -> Fit:
    """A choice as Zoho's list spells it. Zoho takes others too, unless it once refused one."""
    text, limit = as_text(value), min(field.length, PICKLIST_ITEM)
    offered = {shown for shown, _kept in field.values} | {kept for _shown, kept in field.values}
    if text in offered:
        return Fit(text)
    if listed := _as_listed(text, field):
        return Fit(listed, SPELLED())
    if field.closed:
        return Fit(None, NOT_LISTED(), reason=Reason.NOT_IN_LIST)
    if size(text) > limit:
        return Fit(None, LONGER(most=limit), reason=Reason.TOO_LONG)
    return Fit(text, NEW_CHOICE() if field.values else "")


def fit_choices(value: Any, field: Field, home: Home) -> Fit:
    """Several choices; one that cannot be sent stays out, and all of them go to Description."""
    given = [item for item in (value if isinstance(value, list) else [value]) if as_text(item)]
    items = [part for item in given for part in _parts(item, field)]
    fits = [fit_choice(item, field, home) for item in items]
    fitting = [fit.value for fit in fits if fit.value is not None]
    told = [TAKEN_APART()] if len(items) > len(given) else []
    notes = ", ".join(dict.fromkeys(told + [fit.note for fit in fits if fit.note]))
    return Fit(list(dict.fromkeys(fitting)) or None, notes, keep=len(fitting) < len(fits))


def _folded(text: str) -> str:
    """A choice as it is compared: one blank for any number of any kind, capitals alike."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def _as_listed(text: str, field: Field) -> str:
    """The choice that the text means, as the list shows or keeps it; empty where it is none."""
    folded = {_folded(kept): kept for _shown, kept in reversed(field.values)}
    folded |= {_folded(shown): shown for shown, _kept in reversed(field.values)}
    return folded.get(_folded(text), "") or _in_turkish(text, folded)


def _in_turkish(text: str, folded: dict[str, str]) -> str:
    """The one choice that is the same where the dots of an i do not count: the small letter of I
    has none in Turkish, and that of İ has one. Empty where there is none, or several.
    """
    own = _folded(text)
    if not any("ı" in one or "\u0307" in one for one in (own, *folded)):
        return ""
    wanted = _undotted(own)
    alike = {choice for one, choice in folded.items() if _undotted(one) == wanted}
    return alike.pop() if len(alike) == 1 else ""


def _undotted(folded: str) -> str:
    return folded.replace("ı", "i").replace("i\u0307", "i")


def _parts(item: Any, field: Field) -> list[Any]:
    """The choices in one text, where all of them are listed; else the text as it is.

    A choice may have a comma of its own: the longest that is listed is taken.
    """
    text = as_text(item)
    offered = {shown for shown, _kept in field.values} | {kept for _shown, kept in field.values}
    if text in offered or _as_listed(text, field) or not _DIVIDER.search(text):
        return [item]
    bounds = [mark.span() for mark in _DIVIDER.finditer(text)][:MOST_PARTS]
    starts = [0, *(end for _start, end in bounds)]
    ends = [*(start for start, _end in bounds), len(text)]
    parts, place = [], 0
    while place < len(starts):
        pieces = [(text[starts[place] : end].strip(), n) for n, end in enumerate(ends[place:], 1)]
        found = ((_listed(piece, field, offered), n) for piece, n in reversed(pieces) if piece)
        listed, number = next(((one, n) for one, n in found if one), ("", 1))
        if listed:
            parts.append(listed)
        elif pieces[0][0]:  # not an empty place between two dividers
            return [item]
        place += number
    return parts or [item]


def _listed(text: str, field: Field, offered: set[str]) -> str:
    return text if text in offered else _as_listed(text, field)
