"""From bytes to fields. What is odd but readable is a lead; only the unreadable is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from leads.intake.errors import TooLarge, Unreadable, Unsupported

MAX_BODY = 1024 * 1024
MAX_FIELDS = 1000
MAX_DEPTH = 32
CHARSETS = {"utf-8": "utf-8-sig", "utf8": "utf-8-sig", "us-ascii": "ascii", "ascii": "ascii"}

# Neither database nor mail can hold them; the body keeps them as they came.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Submission:
    """What arrived: the bytes, and the fields that were read from them."""

    body: bytes
    content_type: str
    data: dict[str, Any]


def refuse_large(headers: Mapping[str, Any]) -> None:
    """Judge by the length that is announced, before a byte of the body is read.

    Raises TooLarge, or Unreadable where it is no length.
    """
    announced = headers.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal():
        raise Unreadable("The Content-Length is not a number.")
    if int(announced) > MAX_BODY:
        raise TooLarge("A lead may have one megabyte.")


def parse_submission(content_type: str, body: bytes) -> Submission:
    """Read a body by its content type.

    Raises Unsupported for another type than JSON or a form, Unreadable with the place of the
    fault for what is not of the type it claims to be.
    """
    media_type, _, parameters = content_type.partition(";")
    read = READERS.get(media_type.strip().lower())
    if read is None:
        raise Unsupported("Send application/json or application/x-www-form-urlencoded.")
    content = _decode(body, _charset(parameters))
    if not content.strip():
        raise Unreadable("The body is empty.")
    return Submission(body, content_type[:100], clean(read(content)))


def _charset(parameters: str) -> str:
    found = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters, re.IGNORECASE)
    name = found[1].lower() if found else "utf-8"
    if name not in CHARSETS:
        raise Unsupported("Send the body in UTF-8.")
    return CHARSETS[name]


def _decode(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset)
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body is not UTF-8: byte {error.start} cannot be read.") from None


def _read_json(content: str) -> dict[str, Any]:
    try:
        data = json.loads(
            content,
            object_pairs_hook=gather,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"The body is not JSON: {error.msg} at {place}.") from None
    except ValueError:  # an integer of more than 4,300 digits
        raise Unreadable("A number has too many digits.") from None
    except RecursionError:
        raise Unreadable("The JSON is nested too deeply.") from None
    if not isinstance(data, dict):
        raise Unreadable("Send one JSON object with the lead's fields.")
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(f"{name} is not a JSON number.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unreadable("A number is out of range.")
    return number


def _read_form(content: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            content, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise Unreadable("A form value is not UTF-8.") from None
    except ValueError:
        raise Unreadable(f"The form has more than {MAX_FIELDS} fields.") from None
    return gather(pairs)


def gather(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as an object; a name that comes more than once keeps all its values, as a list."""
    data: dict[str, Any] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name not in data:
            data[name] = value
        elif name in repeated:
            data[name].append(value)
        else:
            data[name] = [data[name], value]
            repeated.add(name)
    return data


def clean(value: Any, depth: int = 0) -> Any:
    """The same value with what no database can hold shown as U+FFFD.

    Raises Unreadable where objects are nested more than 32 deep.
    """
    if depth > MAX_DEPTH:
        raise Unreadable("The data is nested too deeply.")
    match value:
        case str():
            return UNSTORABLE.sub("\ufffd", value)
        case dict():
            return gather(
                (UNSTORABLE.sub("\ufffd", name), clean(item, depth + 1))
                for name, item in value.items()
            )
        case list():
            return [clean(item, depth + 1) for item in value]
        case _:
            return value


READERS = {
    "application/json": _read_json,
    "application/x-www-form-urlencoded": _read_form,
}
