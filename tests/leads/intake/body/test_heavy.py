"""Of thousands of fields the first are read, and the body is kept whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.intake.body import heavy
from leads.intake.body.heavy import MOST_KEYS, Beginning, beginning_of, names_in
from leads.intake.body.parse import parse_submission
from leads.intake.body.read_any import read_submissions
from leads.intake.body.submission import FORM, JSON, Submission

PARTS = "multipart/form-data; boundary=cut"


def form(count: int, name: str = "f%d") -> bytes:
    return b"&".join((name % n if "%" in name else name).encode() + b"=1" for n in range(count))


def parts(count: int, more: bytes = b"") -> bytes:
    head = b'--cut\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n'
    return b"".join(head % n for n in range(count)) + more + b"--cut--\r\n"


def objects(count: int) -> bytes:
    return json.dumps({"a": [{"b": n} for n in range(count - 1)]}).encode()


def flat(count: int) -> bytes:
    return json.dumps({f"f{n}": n for n in range(count)}).encode()


KINDS = {
    "flat": (JSON, flat),
    "nested": (JSON, objects),
    "form": (FORM, form),
    "parts": (PARTS, parts),
    "not as declared": ("text/plain", flat),
}


def read(content_type: str, body: bytes) -> Iterator[Submission]:
    """As both doors read it."""
    yield parse_submission(content_type, body)
    yield from read_submissions(content_type, body)


@pytest.mark.parametrize("kind", KINDS)
def test_up_to_so_many_are_all_read(kind: str) -> None:
    content_type, made = KINDS[kind]

    for submission in read(content_type, made(MOST_KEYS)):
        assert not submission.has_too_many
        assert names_in(submission.data) == MOST_KEYS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [1, 3_000])
def test_of_more_the_first_are_read_and_the_body_is_whole(kind: str, more: int) -> None:
    content_type, made = KINDS[kind]
    body = made(MOST_KEYS + more)

    for submission in read(content_type, body):
        assert submission.has_too_many
        assert submission.body == body
        assert names_in(submission.data) == MOST_KEYS
        assert not {"repaired"} & submission.flags


@pytest.mark.parametrize("name", ["same", "same[]"])
def test_a_form_that_says_one_name_too_often_has_too_many(name: str) -> None:
    for submission in read(FORM, form(MOST_KEYS + 1, name)):
        assert submission.has_too_many


def test_separators_alone_are_no_fields() -> None:
    body = b"a=1&" + b"&" * 5_000

    assert not any(submission.has_too_many for submission in read(FORM, body))


def test_with_a_file_all_fields_are_kept_and_the_file_is_not() -> None:
    file = b'--cut\r\nContent-Disposition: form-data; name="cv"; filename="a.pdf"\r\n\r\n%PDF\r\n'

    for submission in read(PARTS, parts(MOST_KEYS + 5, file)):
        assert submission.has_too_many
        assert len(json.loads(submission.body)) == MOST_KEYS + 6
        assert b"%PDF" not in submission.body


def test_posts_that_differ_in_what_is_not_read_are_not_the_same() -> None:
    one, other = (
        parse_submission(JSON, flat(MOST_KEYS + 1)[:-1] + b', "z": "%d"}' % n) for n in range(2)
    )

    assert one.data == other.data
    assert one.archived != other.archived


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=6), st.integers(1, 12))
def test_what_is_read_is_a_beginning_of_what_came(data: dict[str, Any], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heavy, "MOST_KEYS", most)
        patch.setattr(heavy, "FEWEST_BYTES", 0)
        count = sum(1 for _ in all_names(data))
        found = beginning_of(data, 1)

    assert isinstance(found, Beginning) == (count > most)
    taken = list(all_names(found))
    assert taken == list(all_names(data))[: len(taken)]
    assert len(taken) == min(count, most)


def all_names(value: Any) -> Iterator[str]:
    """Every name, in order."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from all_names(item)
    elif isinstance(value, list):
        for item in value:
            yield from all_names(item)
