"""What a body is, where it is not what it claims to be: read, and flagged."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.flags import Flag
from leads.intake.body.fields import clean
from leads.intake.body.parse import MAX_BODY, parse_submission
from leads.intake.errors import TooLarge, Unreadable, Unsupported

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=cut"
ANA = {"contact_name": "Ana Köhler", "message": "a=b&c+d%41;"}
AS_JSON = json.dumps(ANA, ensure_ascii=False)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/plain;charset=UTF-8", "text/html", "application/xml", "json", FORM, PARTS],
)
def test_json_is_json_whatever_the_type_says(content_type: str) -> None:
    submission = parse_submission(content_type, AS_JSON.encode())

    assert (submission.data, submission.flags) == (ANA, frozenset({Flag.MENDED}))


@pytest.mark.parametrize("body", [AS_JSON, quote_plus(AS_JSON), quote_plus(AS_JSON) + "="])
def test_json_that_was_sent_as_a_form_is_json(body: str) -> None:
    assert parse_submission(FORM, body.encode()).data == ANA


@pytest.mark.parametrize(
    "body",
    [
        '{"a": "1"}&email=a@b.co',
        '{"a": "1", }',
        "{name}=Ana",
        "[name]=Ana",
        "[]=1&[]=2",
        "{",
        "{}",
        '[{"a": "1"}, {"b": "2"}]',
        'data={"a": "1"}',
        '"Ana"',
        "12",
    ],
)
def test_a_form_that_only_looks_like_json_stays_a_form(body: str) -> None:
    assert Flag.MENDED not in parse_submission(FORM, body.encode()).flags


@pytest.mark.parametrize("charset", ["iso-8859-15", "windows-1251", "utf-16", "nonsense", "base64"])
def test_utf8_is_read_as_such_whatever_charset_is_declared(charset: str) -> None:
    assert parse_submission(f"{JSON}; charset={charset}", AS_JSON.encode()).data == ANA


@pytest.mark.parametrize("charset", ["iso-8859-15", "utf-16", "utf-32", "cp437", "mac-roman"])
def test_json_in_any_declared_charset_is_read(charset: str) -> None:
    submission = parse_submission(f"{JSON}; charset={charset}", AS_JSON.encode(charset))

    assert submission.data == ANA
    assert submission.flags == {Flag.MENDED, Flag.REPAIRED}


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "iso-8859-5"])
def test_a_form_in_any_declared_charset_is_read(charset: str) -> None:
    body = f"contact_name={quote_plus('Анна', encoding=charset)}".encode()

    assert parse_submission(f"{FORM}; charset={charset}", body).data == {"contact_name": "Анна"}


@pytest.mark.parametrize(
    "charset", ["nonsense", "base64", "zlib", "idna", "undefined", "unicode_escape"]
)
def test_bytes_that_no_charset_makes_text_of_are_refused(charset: str) -> None:
    with pytest.raises(Unsupported):
        parse_submission(f"{JSON}; charset={charset}", b'{"a": "\xe9"}')


def test_a_list_of_one_object_is_that_object() -> None:
    assert parse_submission(JSON, f"[{AS_JSON}]".encode()).data == ANA


def test_a_list_of_several_leads_is_refused_with_the_way_out() -> None:
    with pytest.raises(Unreadable, match="2 leads: post each by itself"):
        parse_submission(JSON, f"[{AS_JSON}, {AS_JSON}]".encode())


@pytest.mark.parametrize(
    "answers",
    [
        [{"name": "Name", "value": "Ada"}],
        [{"name": "Name", "value": "Ada"}, {"name": "Email", "value": "a@b.co"}],
        [{"question": "Name", "answer": "Ada"}, {"question": "Email", "answer": "a@b.co"}],
    ],
)
def test_a_form_as_a_list_of_names_and_values_is_one_lead(answers: list[dict[str, str]]) -> None:
    assert parse_submission(JSON, json.dumps(answers).encode()).data == {"fields": answers}


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\t", "\x0b"])
def test_a_raw_line_break_in_a_text_is_read(sign: str) -> None:
    submission = parse_submission(JSON, f'{{"message": "one{sign}two"}}'.encode())

    assert submission.data == {"message": f"one{sign}two"}
    assert submission.flags == {Flag.MENDED}


def test_a_form_that_a_script_sent_as_text_is_a_form() -> None:
    submission = parse_submission("text/plain;charset=UTF-8", b"contact_name=Ana+K&a%5Bb%5D=1")

    assert submission.data == {"contact_name": "Ana K", "a[b]": "1"}


@pytest.mark.parametrize("text", ["1 = 2", "name: Ana\nx=1", "<a href=x>", "={}", "hello"])
def test_any_other_text_is_no_form(text: str) -> None:
    with pytest.raises(Unsupported):
        parse_submission("text/plain", text.encode())


# --- Compressed -----------------------------------------------------------------------------

COMPRESSIONS = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", lambda body: zlib.compress(body, wbits=-15)),
]


@pytest.mark.parametrize(("encoding", "compress"), COMPRESSIONS)
def test_a_compressed_body_is_inflated(encoding: str, compress: Any) -> None:
    submission = parse_submission(JSON, compress(AS_JSON.encode()), encoding)

    assert (submission.data, submission.body) == (ANA, AS_JSON.encode())


@pytest.mark.parametrize(("encoding", "compress"), COMPRESSIONS)
def test_what_inflates_beyond_a_megabyte_is_too_large(encoding: str, compress: Any) -> None:
    with pytest.raises(TooLarge):
        parse_submission(JSON, compress(b" " * (MAX_BODY + 1)), encoding)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_what_is_not_compressed_as_it_says_is_refused(encoding: str) -> None:
    with pytest.raises(Unsupported, match="uncompressed"):
        parse_submission(JSON, AS_JSON.encode(), encoding)


def test_what_ends_early_is_refused() -> None:
    with pytest.raises(Unsupported):
        parse_submission(JSON, gzip.compress(AS_JSON.encode())[:-9], "gzip")


# --- Files ----------------------------------------------------------------------------------


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return b"--cut\r\n" + head.encode() + value + b"\r\n"


PDF = part("cv", b"%PDF\xff\xfe" * 3000, '; filename="cv.pdf"\r\nContent-Type: application/pdf')
NAME = part("contact_name", "Ana Köhler".encode())
END = b"--cut--\r\n"
READ = {"contact_name": "Ana Köhler", "cv": "cv.pdf (application/pdf, 18,000 bytes)"}


@pytest.mark.parametrize("body", [PDF + NAME + END, NAME + PDF + END])
def test_a_file_is_noted_wherever_it_stands(body: bytes) -> None:
    submission = parse_submission(PARTS, body)

    assert submission.data == READ
    assert submission.flags == {Flag.MENDED, Flag.FILE}


def test_what_a_file_holds_is_not_kept() -> None:
    assert b"PDF" not in parse_submission(PARTS, PDF + NAME + END).body.replace(b"cv.pdf", b"")


def test_a_file_alone_is_a_lead() -> None:
    assert set(parse_submission(PARTS, PDF + END).data) == {"cv"}


@pytest.mark.parametrize(("charset", "name"), [("", "K\xf6ln"), ("windows-1251", "K\u0446ln")])
def test_an_old_charset_beside_a_file_is_read(charset: str, name: str) -> None:
    kind = f"{PARTS}; charset={charset}" if charset else PARTS

    submission = parse_submission(kind, PDF + part("city", b"K\xf6ln") + END)

    assert submission.data["city"] == name
    assert Flag.REPAIRED in submission.flags


def test_two_files_of_one_name_are_both_noted() -> None:
    assert len(parse_submission(PARTS, PDF + NAME + PDF + END).data["cv"]) == 2


# --- Anything -------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, min_size=1)
TYPES = st.sampled_from([JSON, FORM, "text/plain", "", f"{JSON}; charset=utf-16", "a/b", PARTS])


@given(OBJECTS, TYPES, st.sampled_from([b"%s", b"[%s]", b" \n%s\n"]))
def test_an_object_is_read_whatever_is_said_of_it(
    data: dict[str, Any], content_type: str, around: bytes
) -> None:
    body = around % json.dumps(data).encode()

    read = parse_submission(content_type, body).data

    assert read in (clean(data), {"fields": [clean(data)]})
