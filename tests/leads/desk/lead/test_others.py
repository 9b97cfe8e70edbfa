"""The lines that people paste among a lead's other fields."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from hypothesis import assume, example, given
from hypothesis import strategies as st

from leads.desk.lead import others
from leads.desk.lead.others import ADDRESS

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
        # From lists, mails and forms.
        (
            "- a b: 1\n• c: 2\n1. d: 3\n2) e: 4\n(3) f: 5\nb) g: 6",
            dict(zip(["a b", *"cdefg"], "123456", strict=True)),
        ),
        ("> a: 1\n> b: two\n>   three\n>\n> - c: 4", {"a": "1", "b": "two\nthree", "c": "4"}),
        ("  a: 1\n  b: 2\n    three", {"a": "1", "b": "2\nthree"}),
        (
            "a*: 1\n*b: 2\nc *: 3\n**d**: 4\n- **e:** 5\n*f:* 6",
            dict(zip("abcdef", "123456", strict=True)),
        ),
        ("\ufeffa: 1\n\u200b\u00a0b:\u00a02", {"a": "1", "b": "2"}),
        # Two columns, and what else parts a name from its value.
        ("a b\t1\nc\t2: 3\nd\t", {"a b": "1", "c": "2: 3", "d": ""}),
        (
            "a\t: 1\nb = 2=3\nc：4\nd=https://a.test/?x=1&y=2",
            {"a": "1", "b": "2=3", "c": "4", "d": "https://a.test/?x=1&y=2"},
        ),
        # JSON without its braces, whole or by the line.
        ('"a": "x: y",\n  "b": 5,\n  "c": {"d": [1]},', {"a": "x: y", "b": 5, "c": {"d": [1]}}),
        ('"a": "x",\n  "b": true\n"c": NaN,\nd: 1', {"a": "x", "b": True, "c": "NaN,", "d": "1"}),
        ("“a”: “x”,\n- 'b': 'y'\n`c`: z", {"a": "x", "b": "y", "c": "z"}),
    ],
)
def test_lines_are_read_as_they_are_meant(text: str, data: dict[str, object]) -> None:
    assert others.read(text) == data


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://a.example/x", "only an address"),
        ("a: 1\n- https://a.example/x?b=c", "Line 2 is only an address"),
        ("HTTPS://a.example", "only an address"),
        ("mailto:a@example.com", "only an address"),
        ("www.a.example/?b=c", "only an address"),
        ("/contact?b=c", "only an address"),
        ("a=1&b=2", "several fields"),
        ("a\t1\t2", "more than two columns"),
        ('a\t"1\n2: 3"', "a cell of several lines"),
        ("<b>a</b>: 1", "no “<” may stand in a name: “<b>a</b>”"),
        ('a "b": 1', "no quotation mark"),
        ("- : 1", "not “name: value”"),
        ("**: 1", "not “name: value”"),
        ('"a": {"b": 1}\n  c', "Line 2 is not “name: value”"),
        ('{"a": "1",}', "look at line 1, character 11"),
        ("{“a”: “1”}", "begins as JSON and is none"),
        ("a: 1\n• A: 2\n1. a: 3", "Line 3: “a” is there twice"),
    ],
)
def test_what_is_no_field_is_told_and_becomes_none(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        others.read(text)


def test_it_is_told_in_german_too() -> None:
    with (
        translation.override("de"),
        pytest.raises(ValueError, match="Zeile 1 ist nur eine Adresse"),
    ):
        others.read("https://a.example/x")


WAYS = [
    "{}: {}", "{} : {}", "- {}: {}", "* {}: {}", "• {}: {}", "•{}: {}", "– {}: {}", "1. {}: {}",
    "12) {}: {}", "> {}: {}", "> > - {}: {}", "{}*: {}", "{} *: {}", "*{}: {}", "**{}**: {}",
    "**{}:** {}", "{}\t{}", "{}={}", "{} = {}", "{}：{}", "“{}”: “{}”", "    {}: {}",
]  # fmt: skip
LABELS = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=30
)


@given(label=LABELS.map(str.strip).filter(re.compile(r"\w").search), way=st.sampled_from(WAYS))
@example(label="1. Choice: of (yours)", way="2. {}: {}")
@example(label="Size < 10", way="{}: {}")
@example(label='The "best"', way="{} = {}")
@example(label="Source*", way="{}*: {}")
@example(label="a=b", way="{}={}")
def test_a_known_label_is_found_however_it_is_written(label: str, way: str) -> None:
    """Or the line is told; never does its value go elsewhere."""
    assume("**" not in label and label[0] != ">")
    line = way.format(label, "Web site")
    try:
        found = others.read(
            f"{'y' * 31}: 1\n{line}" if line[0] != " " else line, {label}.__contains__
        )
    except ValueError:
        assert set(label) & set("{[*") or ADDRESS.match(others.bare(line))
        return
    assert found.get(label) == "Web site"


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
