"""The two ways in which a form is sent. Old pages write Windows-1252; that is read too."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from django.core.exceptions import TooManyFieldsSent
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from leads.intake.body import refused_words as words
from leads.intake.body.fields import gather
from leads.intake.body.formats.charsets import OLD
from leads.intake.body.formats.parts import parts_in, told_boundary
from leads.intake.body.heavy import MOST_KEYS, Beginning
from leads.intake.errors import Unreadable, Unsupported

NO_FILES = "Files are not taken: send the form without its attachments."
UNNAMED = "unnamed"
"""What a part is called that says nothing but its value."""

Fields = tuple[dict[str, Any], bool]


def read_urlencoded(body: bytes, fallback: str, _content_type: str) -> Fields:
    """The fields, and whether one was in another encoding than UTF-8. Raises Unreadable.

    `fallback` is the encoding that was declared for what is not UTF-8.
    """
    content = body.removeprefix(b"\xef\xbb\xbf").decode("latin-1")  # byte by byte
    told = content.split("&", MOST_KEYS)
    pairs = parse_qsl("&".join(told[:MOST_KEYS]), keep_blank_values=True, encoding="latin-1")
    decoded = [(_decode(name, fallback), _decode(value, fallback)) for name, value in pairs]
    fields = gather((name, value) for (name, _), (value, _) in decoded)
    if "".join(told[MOST_KEYS:]).strip("&"):
        fields = Beginning(fields)
    return fields, any(repaired for pair in decoded for _, repaired in pair)


def _decode(octets: str, fallback: str = "") -> tuple[str, bool]:
    """Text of bytes that are shown as Latin-1, and whether they were not UTF-8."""
    if octets.isascii():
        return octets, False
    raw = octets.encode("latin-1")
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode(fallback or OLD, "replace"), True
    except ValueError:  # a charset that makes no text of these bytes
        return raw.decode(OLD, "replace"), True


class _NoFiles(FileUploadHandler):
    """Stops at the first file; an input that nobody chose a file for is none."""

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002 - its caller's signature
        raise Unsupported(NO_FILES)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - its caller's signature
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - its caller's signature
        return None


def read_multipart(body: bytes, _fallback: str, content_type: str) -> Fields:
    """The fields of a form without files; see `read_urlencoded`. Raises Unsupported for a file."""
    try:
        fields, repaired = _parts(body, content_type, _NoFiles())
    except TooManyFieldsSent:
        fields, repaired, files = read_parts(body, told_boundary(content_type, body))
        if files:
            raise Unsupported(NO_FILES) from None
    if not fields:
        raise Unreadable(words.NO_FIELDS)
    return fields, repaired


def read_parts(
    body: bytes, boundary: bytes, fallback: str = ""
) -> tuple[dict[str, Any], bool, list[tuple[str, str]]]:
    """The fields, whether one was not in UTF-8, and what is noted of each file.

    Text by text, as the bytes of a file are none: `fallback` is the encoding that was declared.
    """
    parts = list(parts_in(body, boundary))
    if not any(part.name or part.is_file for part in parts):
        return {}, False, []
    decoded = [
        (_decode(part.name or UNNAMED, fallback), _decode(part.content.decode("latin-1"), fallback))
        for part in parts
        if part.is_field and (part.name or part.content.strip())
    ]
    fields = gather((name, value) for (name, _), (value, _) in decoded)
    if len(parts) > MOST_KEYS:
        fields = Beginning(fields)
    files = [
        (
            _decode(part.name or "file", fallback)[0],
            part.noted(_decode(part.file_name or "", fallback)[0]),
        )
        for part in parts
        if part.is_file
    ]
    return fields, any(repaired for pair in decoded for _, repaired in pair), files


def _parts(body: bytes, content_type: str, handler: FileUploadHandler) -> Fields:
    try:
        body.decode()
        repaired = False
    except UnicodeDecodeError:
        # As a whole, and before the parts are looked at: a part's name may be in it too.
        body, repaired = body.decode(OLD, "replace").encode(), True
    return gather(_pairs(body, content_type, handler, "utf-8")), repaired


def _pairs(
    body: bytes, content_type: str, handler: FileUploadHandler, encoding: str
) -> list[tuple[str, Any]]:
    media_type, sign, parameters = content_type.partition(";")
    meta = {
        "CONTENT_TYPE": media_type.strip().lower() + sign + parameters,
        "CONTENT_LENGTH": len(body),
    }
    try:
        fields, _files = MultiPartParser(meta, BytesIO(body), [handler], encoding).parse()
    except MultiPartParserError:
        raise Unreadable(words.NO_PARTS) from None
    return [(str(name), value) for name, values in fields.lists() for value in values]
