"""The lines that people paste among a lead's other fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.desk.lead import others

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
VALUES = st.text('abc äß:"{}[],=/ 09', max_size=20).map(str.strip)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("budget: 5", {"budget": "5"}),
        ("page: https://a.test:8080/x?a=b:c", {"page": "https://a.test:8080/x?a=b:c"}),
        ('company: "Silva & Co"', {"company": '"Silva & Co"'}),
        ('data: {"a": 1}', {"data": '{"a": 1}'}),
        ("a: 1\r\nb: 2\r\n", {"a": "1", "b": "2"}),
        ("\n\n  \na: 1\n\n\nb: 2\n\n", {"a": "1", "b": "2"}),
        ("a : 1\nA: 2", {"a": "1", "A": "2"}),
        ("a:", {"a": ""}),
        ("note: one\n  two: 2\n\tthree", {"note": "one\ntwo: 2\nthree"}),
        (' \r\n{"a": "1: 2",\r\n"b": 5}', {"a": "1: 2", "b": 5}),
    ],
)
def test_lines_are_read_as_they_are_meant(text: str, data: dict[str, object]) -> None:
    assert others.read(text) == data


@pytest.mark.parametrize("text", ['a: 1\n{"b": 2}', "a: 1\n[b]: 2", "a: 1\n: 2", "a: 1\nb", '{"a'])
def test_lines_and_json_are_not_mixed(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        others.read(text)


@given(
    data=st.dictionaries(NAMES, VALUES, min_size=1),
    end=st.sampled_from(["\n", "\r\n", "\n\n", "\r\n \r\n"]),
)
def test_pasted_lines_come_in_whatever_ends_them(data: dict[str, str], end: str) -> None:
    assert others.read(end.join(f"{name}: {value}" for name, value in data.items())) == data


def test_ten_thousand_lines_are_read() -> None:
    lines = {f"f{number}": str(number) for number in range(10_000)}

    assert (
        others.read_lines("\n".join(f"{name}: {value}" for name, value in lines.items())) == lines
    )
