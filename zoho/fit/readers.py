"""Reading phone numbers and yes or no out of people's text; numbers are in `numbers`. Pure.

A `Reading` that is not `whole` lost or guessed something, so the text itself must be kept too.
No reader looks at more than 64 characters: what is longer is a sentence, and every pattern stays
quick on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

import phonenumbers

LONGEST = 64


@dataclass(frozen=True)
class Home:
    """Where a site is at home: what its phone numbers, dates and times mean."""

    country: str = ""
    zone: tzinfo = UTC


@dataclass(frozen=True)
class Reading:
    """What a text was read as; `whole` says that nothing was lost and nothing guessed."""

    value: Any
    whole: bool = True


# --- Phone numbers, yes or no -----------------------------------------------------------------


def read_phone(text: str, home: Home) -> Reading | None:
    """A phone number as +4930123456 (E.164); None where it is none that can be dialled.

    A number without a prefix belongs to the site's country. What E.164 has no place for, as
    letters or an extension, makes the reading not `whole`.
    """
    if len(text) > LONGEST:
        return None
    try:
        number = phonenumbers.parse(text, home.country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Reading(written, _same_digits(text, written))


def _same_digits(text: str, written: str) -> bool:
    """Whether E.164 repeats all that was written, but for separators and leading zeros."""
    significant = re.sub(r"[\s()./+-]", "", text).lstrip("0")
    return bool(re.fullmatch("[0-9]+", significant)) and written.endswith(significant)


YES = frozenset(
    ("yes", "y", "true", "on", "1", "ja", "oui", "si", "sí", "sim", "x", "checked", "wahr")
)
NO = frozenset(("no", "n", "false", "off", "0", "nein", "non", "não", "unchecked", "falsch"))


def read_yes_no(text: str) -> Reading | None:
    """Yes or no in the words of forms; None for any other word."""
    word = text.strip().casefold()
    if word in YES or word in NO:
        return Reading(word in YES)
    return None
