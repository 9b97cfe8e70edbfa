"""One value against its field: what Zoho would say about it.

Every check is linear in the length of the value. Zoho's published patterns are not used as they
stand: the website one takes exponential time on line breaks, the phone one refuses an example of
its own page.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from zoho.sandbox.organisation.fields import COMPUTED, Field
from zoho.sandbox.wire import Json

# A check gets a value that is neither null nor empty and returns the `details` of its INVALID_DATA,
# or None when the value fits.
Check = Callable[[Any], Json | None]

_LOCAL_FIRST = re.compile(r"[\w+-]")
_LOCAL_REST = re.compile(r"[\w!#$%&'*+\-/=?^`{|}~.]*")
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_LAST_LABEL = re.compile(r"[^\W\d_]{2,22}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
# The same language as Zoho's website pattern: the character classes are its own, the tail is not
# repeated, so that one pass decides.
_WEBSITE = re.compile(
    r"(?:(?:https?|ftp)://)?"
    r"[^\x00-\x19\x22-\x27\x2A-\x2C\x2E-\x2F\x3A-\x3F\x5B-\x5E\x60\x7B\x7D-\x7F]+"
    r"(?:\.[^\x00-\x19\x22\x24-\x2C\x2E-\x2F\x3C\x3E\x40\x5B-\x5E\x60\x7B\x7D-\x7F]+)+"
    r"(?:[/?][^\n]*)?"
)
_DIGITS = re.compile(r"-?\d+")


def is_email(text: str) -> bool:
    """Zoho's e-mail rule, in its own words taken apart so that nothing can backtrack."""
    if not text.isascii():
        # Zoho counts combining marks among the letters, Python's \w does not.
        text = "".join("a" if unicodedata.category(c)[0] == "M" else c for c in text)
    local, at, domain = text.partition("@")
    *labels, last = domain.split(".")
    return bool(
        at
        and 4 <= len(domain) <= 256
        and _LOCAL_FIRST.match(local)
        and _LOCAL_REST.fullmatch(local, 1)
        and labels
        and all(_LABEL.fullmatch(label) for label in labels)
        and _LAST_LABEL.fullmatch(last)
    )


def is_website(text: str) -> bool:
    """A host name with at least one point, with or without scheme; after it, anything."""
    return bool(_WEBSITE.fullmatch(text))


def is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) and _parses(date.fromisoformat, text)


def is_datetime(text: str) -> bool:
    return bool(_DATETIME.fullmatch(text)) and _parses(datetime.fromisoformat, text)


def _parses(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _text(expected: str, fits: Callable[[str], bool] | None = None) -> Callable[[Field], Check]:
    """Strings up to the field's length that pass `fits`."""

    def compile_for(field: Field) -> Check:
        length, wrong = field.length, {"expected_data_type": expected}
        too_long = {"maximum_length": length}

        def check(value: Any) -> Json | None:
            if not isinstance(value, str):
                return wrong
            if len(value) > length:
                return too_long
            return wrong if fits and not fits(value) else None

        return check

    return compile_for


def _number(expected: str, whole: bool, decimals: int) -> Callable[[Field], Check]:
    """Numbers with up to the field's length of digits before the point, `decimals` after it."""

    def compile_for(field: Field) -> Check:
        limit, wrong = 10**field.length, {"expected_data_type": expected}

        def check(value: Any) -> Json | None:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return wrong
            if isinstance(value, float) and (whole or not math.isfinite(value)):
                return wrong
            if abs(value) >= limit:
                return {"maximum_length": field.length}
            return None if round(value, decimals) == value else {"maximum_length": decimals}

        return check

    return compile_for


def _shape(expected: str, fits: Callable[[Any], bool]) -> Callable[[Field], Check]:
    """Values of another JSON type, by their shape alone."""

    def compile_for(_field: Field) -> Check:
        wrong = {"expected_data_type": expected}
        return lambda value: None if fits(value) else wrong

    return compile_for


def _has_id(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str) and value["id"].isdigit()


def _list_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _with_text(*keys: str) -> Callable[[Any], bool]:
    """Lists of objects that have a text under one of `keys`."""
    return lambda value: (
        _list_of(dict)(value)
        and all(any(isinstance(one.get(key), str) for key in keys) for one in value)
    )


CHECKS: dict[str, Callable[[Field], Check]] = {
    "text": _text("text"),
    "textarea": _text("text"),
    "picklist": _text("text"),
    "phone": _text("phone"),
    "email": _text("email", is_email),
    "website": _text("website", is_website),
    "date": _text("date", is_date),
    "datetime": _text("datetime", is_datetime),
    "bigint": _text("bigint", lambda text: bool(_DIGITS.fullmatch(text))),
    "integer": _number("integer", whole=True, decimals=0),
    "double": _number("double", whole=False, decimals=9),
    "currency": _number("double", whole=False, decimals=9),
    "percent": _number("double", whole=False, decimals=9),
    "boolean": _shape("boolean", lambda value: isinstance(value, bool)),
    "lookup": _shape("jsonobject", _has_id),
    "ownerlookup": _shape("jsonobject", _has_id),
    "userlookup": _shape("jsonobject", _has_id),
    "layout": _shape("jsonobject", _has_id),
    "multiselectpicklist": _shape("jsonarray", _list_of(str)),
    "tags": _shape("jsonarray", _with_text("name", "id")),
    "fileupload": _shape("jsonarray", _with_text("File_Id__s", "id")),
    "imageupload": _shape("jsonarray", _with_text("File_Id__s", "id")),
    # A reminder has been a string, an object and a list in different versions of the API.
    "multireminder": _shape("jsonarray", lambda value: isinstance(value, list | dict | str)),
    **dict.fromkeys(
        ("subform", "multiselectlookup", "multiuserlookup", "participants"),
        _shape("jsonarray", _list_of(dict)),
    ),
    **dict.fromkeys(
        ("ALARM", "RRULE", "jsonobject"),
        _shape("jsonobject", lambda value: isinstance(value, dict)),
    ),
    **dict.fromkeys(COMPUTED, _text("text")),
}
