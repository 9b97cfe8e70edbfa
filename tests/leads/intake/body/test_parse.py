"""From bytes to fields: what is odd but readable is a lead, only the unreadable is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.flags import Flag
from leads.intake.body.fields import MAX_DEPTH, clean
from leads.intake.body.parse import parse_submission
from leads.intake.errors import Refusal, Unreadable, Unsupported

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=cut"


def data_of(body: bytes, content_type: str = JSON) -> dict[str, object]:
    return parse_submission(content_type, body).data


def test_json_fields_are_read() -> None:
    assert data_of(b'{"contact_name": "Ana", "age": 30}') == {"contact_name": "Ana", "age": 30}


def test_form_fields_are_read() -> None:
    assert data_of(b"contact_name=Ana+Silva&city=K%C3%B6ln", FORM) == {
        "contact_name": "Ana Silva",
        "city": "Köln",
    }


def test_an_empty_form_field_is_kept() -> None:
    assert data_of(b"contact_name=Ana&phone=", FORM)["phone"] == ""


def test_the_bytes_and_the_type_are_kept_as_they_came() -> None:
    submission = parse_submission("application/json; charset=UTF-8", b' {"a": "b"} ')

    assert submission.body == b' {"a": "b"} '
    assert submission.content_type == "application/json; charset=UTF-8"


def test_a_long_content_type_is_cut_to_its_column() -> None:
    assert len(parse_submission(JSON + ";" + "x" * 200, b'{"a": 1}').content_type) == 100


@pytest.mark.parametrize(
    "content_type",
    ["APPLICATION/JSON", "application/json ;charset=utf8", 'application/json; charset="utf-8"'],
)
def test_the_type_is_read_without_regard_to_case_and_blanks(content_type: str) -> None:
    assert data_of(b'{"a": 1}', content_type) == {"a": 1}


OTHER_TYPES = [
    *("text/plain", "text/plain;application/json", "application/xml", "application/+json", "json"),
    *("image/png", "multipart/mixed; boundary=x"),
]


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_another_type_is_not_supported(content_type: str) -> None:
    with pytest.raises(Unsupported):
        data_of(b"<lead>Ana</lead>", content_type)


def test_a_byte_order_mark_is_no_part_of_the_data() -> None:
    assert data_of(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("body", [b"\xff\xfe{\x00}\x00", b'{"a": "\xe9"}', b"\x80"])
def test_bytes_that_are_not_utf8_are_refused_with_their_place(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"byte \d+"):
        data_of(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"city=K%F6ln", "K\xf6ln"),
        (b"city=K\xf6ln", "K\xf6ln"),
        (b"city=%80", "\u20ac"),
        (b"city=a%81b", "a\ufffdb"),
        (b"city=%ED%A0%80", "\xed\xa0\u20ac"),
    ],
)
def test_a_form_value_that_is_not_utf8_is_read_as_old_pages_write(body: bytes, value: str) -> None:
    submission = parse_submission(FORM, body)

    assert (submission.data["city"], submission.flags) == (value, frozenset({Flag.REPAIRED}))


def test_json_in_a_declared_old_encoding_is_read_and_flagged() -> None:
    submission = parse_submission(f"{JSON}; charset=ISO-8859-1", b'{"city": "K\xf6ln"}')

    assert (submission.data, submission.flags) == ({"city": "K\xf6ln"}, frozenset({Flag.REPAIRED}))


def test_utf8_is_read_as_utf8_whatever_is_declared() -> None:
    submission = parse_submission(f"{JSON}; charset=latin1", '{"city": "K\xf6ln"}'.encode())

    assert (submission.data, submission.flags) == ({"city": "K\xf6ln"}, frozenset())


@pytest.mark.parametrize("content_type", ["text/json", "application/vnd.api+json", "TEXT/JSON"])
def test_every_kind_of_json_is_json(content_type: str) -> None:
    assert data_of(b'{"a": 1}', content_type) == {"a": 1}


@pytest.mark.parametrize(("body", "data"), [(b' {"a": "1"}', {"a": "1"}), (b"a=1", {"a": "1"})])
def test_without_a_type_a_body_is_read_as_what_it_looks_like(
    body: bytes, data: dict[str, str]
) -> None:
    submission = parse_submission("", body)

    assert (submission.data, submission.flags) == (data, frozenset({Flag.GUESSED_TYPE}))


def test_without_a_type_what_looks_like_nothing_is_not_supported() -> None:
    with pytest.raises(Unsupported):
        data_of(b"hello", "")


@pytest.mark.parametrize("content_type", [JSON, FORM])
@pytest.mark.parametrize("body", [b"", b"  \r\n\t", b"\xef\xbb\xbf"])
def test_an_empty_body_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(Unreadable, match="empty"):
        data_of(body, content_type)


@pytest.mark.parametrize("body", [b"[]", b"[{}]", b'["a"]', b"[[{}]]", b'"a"', b"1", b"null"])
def test_json_other_than_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match="one JSON object"):
        data_of(body)


def test_broken_json_is_refused_with_line_and_column() -> None:
    with pytest.raises(Unreadable, match="line 2, column 5"):
        data_of(b'{"a": 1,\n"b" 2}')


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_a_number_that_no_database_holds_is_refused(number: str) -> None:
    with pytest.raises(Unreadable):
        data_of(f'{{"deep": [{{"a": {number}}}]}}'.encode())


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(Unreadable, match="digits"):
        data_of(b'{"a": ' + b"9" * 5000 + b"}")


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 2_000, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(Unreadable, match="nested too deeply"):
        data_of(b'{"a": ' + b"[" * depth + b"]" * depth + b"}")


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 1
    data_of(b'{"a": ' + b"[" * depth + b"]" * depth + b"}")


def test_nul_and_lone_surrogates_are_shown_as_replacement_characters() -> None:
    body = rb'{"a\u0000": "x\u0000y", "b": ["\ud800", {"c": "\udfff!"}]}'

    submission = parse_submission(JSON, body)

    assert submission.data == {"a\ufffd": "x\ufffdy", "b": ["\ufffd", {"c": "\ufffd!"}]}
    assert submission.flags == {Flag.REPAIRED}


def test_a_surrogate_pair_is_one_character() -> None:
    assert data_of(rb'{"a": "\ud83d\ude00"}') == {"a": "😀"}


def test_names_that_become_alike_by_cleaning_keep_both_values() -> None:
    assert data_of(rb'{"a\u0000": "1", "a\ud800": "2"}') == {"a\ufffd": ["1", "2"]}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(JSON, b'{"a": "1", "b": "x", "a": "2", "a": "3"}'), (FORM, b"a=1&b=x&a=2&a=3")],
)
def test_a_name_that_comes_again_keeps_all_its_values(content_type: str, body: bytes) -> None:
    assert data_of(body, content_type) == {"a": ["1", "2", "3"], "b": "x"}


def test_a_repeated_list_is_a_value_of_its_own() -> None:
    assert data_of(b'{"a": ["1"], "a": "2"}') == {"a": [["1"], "2"]}


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM, PARTS, ""]))
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    try:
        data = data_of(body, content_type)
    except Refusal:
        return
    json.dumps(data, ensure_ascii=False, allow_nan=False).encode()


# --- Multipart ------------------------------------------------------------------------------


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return b"--cut\r\n" + head.encode() + value + b"\r\n"


def test_the_fields_of_a_multipart_form_are_read() -> None:
    body = part("contact_name", "Ana Köhler".encode()) + part("a", b"1") + part("a", b"2")

    submission = parse_submission(PARTS, body + b"--cut--\r\n")

    assert submission.data == {"contact_name": "Ana Köhler", "a": ["1", "2"]}
    assert not submission.flags


def test_the_type_of_a_multipart_form_may_be_in_capitals() -> None:
    body = part("a", b"1") + b"--cut--\r\n"

    assert data_of(body, "Multipart/Form-Data; boundary=cut") == {"a": "1"}


def test_old_encodings_are_read_in_multipart_forms_too() -> None:
    submission = parse_submission(PARTS, part("city", b"K\xf6ln") + b"--cut--\r\n")

    assert (submission.data, submission.flags) == ({"city": "Köln"}, frozenset({Flag.REPAIRED}))


def test_an_input_without_a_file_is_no_file() -> None:
    body = part("a", b"1") + part("cv", b"", '; filename=""') + b"--cut--\r\n"

    assert data_of(body, PARTS) == {"a": "1", "cv": ""}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"a=1"),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=cut", b"no parts at all"),
        ("multipart/form-data; boundary=\u2603", b"--cut--"),
        (PARTS, b"--cut--\r\n"),
    ],
)
def test_a_multipart_form_that_cannot_be_told_apart_is_refused(
    content_type: str, body: bytes
) -> None:
    with pytest.raises(Unreadable):
        data_of(body, content_type)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), VALUES))
def test_readable_json_comes_out_as_it_went_in(data: dict[str, object]) -> None:
    assert data_of(json.dumps(data).encode()) == clean(data)
