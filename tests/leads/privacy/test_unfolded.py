"""A text in any encoding is every plain text that it may stand for."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.privacy.unfolded import inner_texts, leaves, read_texts

ADDRESS = "ana+shop@example.com"


def read(body: str, content_type: str = "application/json") -> list[str]:
    return [*read_texts(body, content_type)]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f'{{"who": "{ADDRESS}"}}', "application/json"),
        (json.dumps({"a": [{"who": ADDRESS}]}), "text/plain"),
        (json.dumps({"who": ADDRESS}).replace("@", "\\u0040"), "application/json"),
        (f"who={quote(ADDRESS)}", "application/x-www-form-urlencoded"),
        (f"{quote(ADDRESS)}=who", "application/x-www-form-urlencoded"),
        (
            f'--x\r\nContent-Disposition: form-data; name="who"\r\n\r\n{ADDRESS}\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
        (
            '--x\r\nContent-Disposition: form-data; name="who"\r\nContent-Transfer-Encoding: base64'
            f"\r\n\r\n{base64.b64encode(ADDRESS.encode()).decode()}\r\n--x--",
            "",
        ),
    ],
)
def test_a_body_is_read_as_intake_reads_it(body: str, content_type: str) -> None:
    assert ADDRESS in read(body, content_type)


@given(st.text(), st.text(), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_base64_is_read_wherever_it_begins(before: str, behind: str, charset: str) -> None:
    raw = f"{before} {ADDRESS} {behind}".encode(charset, "replace")
    text = f"body:{base64.b64encode(raw).decode()}"

    assert any(ADDRESS in one for one in inner_texts(text))


@given(st.text(), st.text())
def test_any_text_is_unfolded(body: str, content_type: str) -> None:
    for text in (*inner_texts(body), *read_texts(body, content_type)):
        assert isinstance(text, str)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values, st.text(min_size=1))
def test_no_text_of_a_value_is_left_out(value: object, text: str) -> None:
    assert text in [*leaves([value, {text: value}])]
    assert text in [*leaves({"a": [[text]], "b": value})]
