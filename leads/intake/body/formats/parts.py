"""The parts of a form with files, told apart by its boundary: every one, however odd. Pure.

Django's own reader stops at the first part that it does not like, and a lead would be lost with an
attachment. A body is a megabyte at most and in memory already, so it is cut where it lies.
"""

from __future__ import annotations

import base64
import binascii
import json
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

BOUNDARY = re.compile(r"boundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
BEGINS = re.compile(rb"\s{0,100}--([^\r\n]{1,200}?)[ \t]*\r?\n(?=[\w-]{1,80}:)")
"""How a body of parts begins, from which its boundary is known where nobody told it."""
HEAD_ENDS = re.compile(rb"\A\r?\n|\r?\n\r?\n")
DISPOSITION = re.compile(
    r"^content-disposition\s*:(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
TYPE = re.compile(r"^content-type\s*:\s*([^;\r\n]{0,100})", re.IGNORECASE | re.MULTILINE)
TRANSFER = re.compile(r"^content-transfer-encoding\s*:\s*([\w-]+)", re.IGNORECASE | re.MULTILINE)
PARAMETER = re.compile(r";\s*([\w-]+)(\*?)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]*))", re.DOTALL)
LONGEST_HEAD = 16_384
LONGEST_FILE_NAME = 200
BLOB = "blob"
"""What browsers call a file that a script made of a text."""


@dataclass(frozen=True)
class Part:
    """One part. Its name and file name are bytes shown as Latin-1, as nobody told their charset."""

    name: str
    file_name: str | None
    """None for a field."""
    type: str
    content: bytes

    @property
    def is_file(self) -> bool:
        """Whether it is a file that somebody chose, and no JSON that a script sent as one."""
        if self.file_name is None or not (self.file_name or self.content):
            return False
        return not (self._is_of_a_script() and _is_json(self.type, self.content))

    @property
    def is_field(self) -> bool:
        """Whether it is a value; an input that nobody chose a file for is neither."""
        return not self.is_file and (self.file_name is None or bool(self.content))

    def _is_of_a_script(self) -> bool:
        stem = (self.file_name or BLOB).rpartition("/")[2].partition(".")[0]
        return stem in (BLOB, self.name)

    def noted(self, file_name: str) -> str:
        """What is kept of a file: its name as it was decoded, its type and its size."""
        name = re.split(r"[/\\]", file_name)[-1]
        name = "".join(sign for sign in name if sign.isprintable())[:LONGEST_FILE_NAME].strip()
        name = name if name.strip(".") else "unnamed file"
        return f"{name} ({self.type or 'unknown type'}, {len(self.content):,} bytes)"


def told_boundary(content_type: str, body: bytes) -> bytes:
    """What its type says to stand between the parts of a body; b"" where nothing such is there."""
    found = BOUNDARY.search(content_type)
    told = (found[1] or found[2]).encode("latin-1", "replace") if found else b""
    return told if told and b"--" + told in body else b""


def boundary_of(content_type: str, body: bytes) -> bytes:
    """The same, else as the body begins."""
    begins = BEGINS.match(body)
    return told_boundary(content_type, body) or (begins[1] if begins else b"")


def parts_in(body: bytes, boundary: bytes) -> Iterator[Part]:
    """Each part between two boundaries; the last may have none behind it."""
    line = re.compile(
        rb"(?:\A|\r?\n|(?<=\n))--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)"
    )
    begins = None
    for cut in line.finditer(body):
        if begins is not None:
            yield _part(body[begins : cut.start()])
        begins = None if cut[1] else cut.end()
    if begins is not None:
        yield _part(re.sub(rb"\r?\n\Z", b"", body[begins:]))


def _part(whole: bytes) -> Part:
    found = HEAD_ENDS.search(whole)
    head = whole[: found.start()] if found else whole
    lines = head[:LONGEST_HEAD].decode("latin-1").replace("\r\n", "\n")
    content = whole[found.end() :] if found else b""
    told = _parameters(_first(DISPOSITION, lines))
    kind, transfer = _first(TYPE, lines).strip(), _first(TRANSFER, lines).lower()
    name = told.get("name", "").strip()
    return Part(name, told.get("filename"), kind, _transferred(content, transfer))


def _first(pattern: re.Pattern[str], lines: str) -> str:
    found = pattern.search(lines)
    return found[1] if found else ""


def _parameters(line: str) -> dict[str, str]:
    """The parameters of a header; `filename*=UTF-8''…` comes before `filename`."""
    told: dict[str, str] = {}
    for name, star, quoted, plain in PARAMETER.findall(line):
        text = re.sub(r"\\([\"\\])", r"\1", quoted) or plain
        if star:
            told[name.lower()] = unquote_to_bytes(text.rpartition("'")[2]).decode("latin-1")
        else:
            told.setdefault(name.lower(), text)
    return told


def _transferred(content: bytes, encoding: str) -> bytes:
    """The content without the encoding that it travelled in, or as it came where it has none."""
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    try:
        return base64.b64decode(content) if encoding == "base64" else content
    except binascii.Error:
        return content


def _is_json(kind: str, content: bytes) -> bool:
    if not re.fullmatch(r"(?:application|text)/(?:[\w.-]+\+)?json", kind.lower()):
        return False
    try:
        return isinstance(json.loads(content), dict | list)
    except (ValueError, RecursionError):
        return False
