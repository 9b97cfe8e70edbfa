"""A JSON body: one object, in numbers and texts that every database holds."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from leads.intake.body import refused_words as words
from leads.intake.body.fields import gather
from leads.intake.errors import Unreadable


def read(body: bytes, fallback: str, _content_type: str) -> tuple[dict[str, Any], bool]:
    """The fields, and whether the bytes were in another encoding than UTF-8.

    `fallback` is the encoding that was declared for bytes that are not UTF-8; empty for none.
    Raises Unreadable with the place of the fault.
    """
    try:
        content, repaired = body.decode("utf-8-sig"), False
    except UnicodeDecodeError as error:
        if not fallback:
            raise Unreadable(words.NOT_UTF8_AT(place=error.start)) from None
        content, repaired = body.decode(fallback, "replace"), True
    data = parse(content)
    if not isinstance(data, dict):
        raise Unreadable(words.ONE_OBJECT)
    return data, repaired


def parse(content: str, one_line: bool = True, finite: bool = True) -> Any:
    """The value that a text is the JSON of. Raises Unreadable with the place of the fault.

    Unless its texts must be of `one_line`, raw line breaks in them are read. Unless its numbers
    must be `finite`, NaN is no value, and a number out of range is the text of its digits.
    """
    try:
        return json.loads(
            content,
            object_pairs_hook=gather,
            parse_constant=_refuse_constant if finite else _no_value,
            parse_float=_finite if finite else _finite_or_text,
            strict=one_line,
        )
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Unreadable(words.NOT_JSON(said=error.msg, **place)) from None
    except ValueError:  # an integer of more than 4,300 digits
        raise Unreadable(words.TOO_MANY_DIGITS) from None
    except RecursionError:
        raise Unreadable(words.JSON_TOO_DEEP) from None


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(words.NO_JSON_NUMBER(name=name))


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unreadable(words.OUT_OF_RANGE)
    return number


def _no_value(_name: str) -> None:
    return None


def _finite_or_text(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits
