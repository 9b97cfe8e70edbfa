"""Forms in parts, with files or without: no part costs another, and no file is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.flags import Flag
from leads.intake.body.parse import parse_submission
from leads.intake.body.read_any import read_submissions
from leads.intake.body.submission import Submission
from leads.intake.errors import Unreadable

TYPE = "multipart/form-data; boundary=B"
SECRET = b"what the file holds"
ADA = b'Content-Disposition: form-data; name="name"\r\n\r\nAda'
DATA = b"Content-Disposition: form-data; "
READ = [lambda body: read_submissions(TYPE, body)[0], lambda body: parse_submission(TYPE, body)]


def form(*parts: bytes, boundary: bytes = b"B") -> bytes:
    """A form of these parts."""
    line = b"--" + boundary
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def file(disposition: bytes, head: bytes = b"", content: bytes = SECRET) -> bytes:
    """A part that is a file."""
    return DATA + disposition + b"\r\n" + head + b"\r\n" + content


def one(content_type: str, body: bytes) -> Submission:
    """The only submission in a body, as an address of a form tool reads it."""
    (submission,) = read_submissions(content_type, body)
    return submission


FILES = {
    "a plain one": [file(b'name="cv"; filename="cv.pdf"')],
    "150 small ones": [file(b'name="f%d"; filename="%d.txt"' % (n, n)) for n in range(150)],
    "150 of one name": [file(b'name="f[]"; filename="%d.txt"' % n) for n in range(150)],
    "a long name": [file(b'name="cv"; filename="%s.pdf"' % (b"x" * 3000))],
    "a long name in UTF-8": [file(b'name="cv"; filename="%s.pdf"' % ("\u00fc" * 3000).encode())],
    "bad base64": [
        file(b'name="cv"; filename="a"', b"Content-Transfer-Encoding: base64\r\n", SECRET + b"!x")
    ],
    "the name ..": [file(b'name="cv"; filename=".."')],
    "a path": [file(b'name="cv"; filename="C:\\\\docs\\\\cv.pdf"')],
    "no name of the file": [file(b'name="cv"; filename=""')],
    "no name of the field": [file(b'filename="cv.pdf"')],
    "an encoded name": [file(b"name=\"cv\"; filename*=UTF-8''%C3%BC.pdf")],
    "a charset nobody knows": [file(b"name=\"cv\"; filename*=nonsense''a.pdf")],
    "no quotes": [file(b"name=cv; filename=cv.pdf")],
    "JSON that somebody chose": [
        file(
            b'name="cv"; filename="mine.json"',
            b"Content-Type: application/json\r\n",
            b'{"a": "what the file holds"}',
        ),
    ],
}

UNSEEN = {"the name ..", "no name of the file", "no name of the field", "a charset nobody knows"}
"""Files that the plain API reads past, as it has from its first version on."""


@pytest.mark.parametrize(
    ("case", "read"),
    [
        *((case, READ[0]) for case in FILES),
        *((case, READ[1]) for case in sorted(FILES.keys() - UNSEEN)),
    ],
)
def test_a_file_costs_no_field_and_is_noted_without_its_content(case: str, read: Any) -> None:
    for parts in ([*FILES[case], ADA], [ADA, *FILES[case]]):
        submission = read(form(*parts))

        noted = json.dumps(submission.data).count("bytes)")
        assert (submission.data["name"], noted) == ("Ada", len(FILES[case]))
        assert Flag.FILE in submission.flags
        assert SECRET not in submission.body
        assert len(json.dumps(submission.data)) < len(form(*parts)) + 300
        assert "\ufffd" not in json.dumps(submission.data, ensure_ascii=False)


def test_a_value_without_a_name_is_a_value() -> None:
    submission = one(TYPE, form(DATA.rstrip(b"; ") + b"\r\n\r\n555", ADA, *FILES["a plain one"]))

    assert {"unnamed": "555", "name": "Ada"}.items() <= submission.data.items()
    assert b"555" in submission.body


@pytest.mark.parametrize("file_name", ["blob", "data", "data.json"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
@pytest.mark.parametrize("read", READ, ids=["at an address", "by the plain API"])
def test_json_that_a_script_sends_as_a_file_is_a_value(
    read: Any, kind: str, file_name: str
) -> None:
    head = f"Content-Type: {kind}\r\n".encode()
    told = f'name="data"; filename="{file_name}"'.encode()

    submission = read(form(file(told, head, b'{"name": "Ada"}')))

    assert submission.data == {"data": '{"name": "Ada"}'}
    assert Flag.FILE not in submission.flags


def test_no_file_that_was_chosen_is_none() -> None:
    submission = one(TYPE, form(file(b'name="cv"; filename=""', content=b""), ADA))

    assert (submission.data, submission.flags) == ({"name": "Ada"}, frozenset())


AS_JSON = b'{"name": "Ada"}'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        *((kind, AS_JSON) for kind in (TYPE, "multipart/form-data", "multipart/mixed; boundary=B")),
        ("multipart/form-data", b"name=Ada"),
        ("multipart/form-data", b"<a><name>Ada</name></a>"),
        ("multipart/form-data", form(ADA)),
        ("multipart/form-data; boundary=", form(ADA)),
        ("multipart/form-data; boundary=C", form(ADA)),
        ("multipart/form-data; boundary=\u2603", form(ADA)),
        (f"{TYPE}; charset=utf-8", form(ADA)),
        ('multipart/form-data; boundary="B C"', form(ADA, boundary=b"B C")),
        ("multipart/mixed; boundary=B", form(ADA)),
        ("text/plain", form(ADA)),
        ("", form(ADA)),
        ("application/x-www-form-urlencoded", form(ADA)),
        (TYPE, form(ADA).replace(b"\r\n", b"\n")),
        (TYPE, b"\r\n" + form(ADA)),
        (TYPE, b"a preamble\r\n" + form(ADA)),
        (TYPE, form(ADA).removesuffix(b"--B--\r\n")),
    ],
)
def test_a_form_is_read_whatever_is_said_of_its_parts(content_type: str, body: bytes) -> None:
    data = one(content_type, body).data

    assert data.get("a", data) == {"name": "Ada"}


@pytest.mark.parametrize("body", [b"--B", b"--B\r\nname=Ada", b"--B\r\n\r\na=1", b"call me"])
def test_what_has_no_parts_is_for_a_person(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_submissions(TYPE, body)


VALUES = st.binary(max_size=30).filter(lambda value: b"--B" not in value)


@given(st.lists(st.tuples(st.booleans(), VALUES), min_size=1, max_size=5))
def test_any_bytes_are_a_value_or_a_file(parts: list[tuple[bool, bytes]]) -> None:
    written = [
        file(b'name="f%d"; filename="x"' % n if is_file else b'name="f%d"' % n, content=value)
        for n, (is_file, value) in enumerate(parts)
    ]

    data = one(TYPE, form(*written)).data

    for n, (is_file, value) in enumerate(parts):
        assert (f"{len(value)} bytes" in data[f"f{n}"]) if is_file else (f"f{n}" in data)
