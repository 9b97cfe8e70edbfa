"""Any body, however nested: every value has a path, and the same shape has the same paths."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.data import as_text, canonical
from leads.intake.body.shape import fields_of
from leads.intake.recognise.junk import NOTHING
from leads.intake.recognise.reading import read_as

TEXTS = st.text(max_size=12)
NAMES = st.sampled_from(["name", "value", "label", "type", "email", "a[b]", "a.b", "x", "data", ""])
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=3),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES | TEXTS, VALUES, max_size=5)
SLOW_MACHINES_TOO = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def texts_in(value: Any) -> Iterator[str]:
    """Every text and number of a value, JSON in texts opened."""
    match value:
        case dict():
            for item in value.values():
                yield from texts_in(item)
        case list():
            for item in value:
                yield from texts_in(item)
        case None:
            return
        case _:
            yield as_text(value)


@SLOW_MACHINES_TOO
@given(BODIES)
def test_no_value_is_left_out(data: dict[str, Any]) -> None:
    found = [text for one in fields_of(data) for text in texts_in(one.value)]
    # What a form calls an answer is the name of the field.
    found += [step for one in fields_of(data) for step in one.path]

    for text in texts_in(data):
        if text and not text.lstrip().startswith(("{", "[")):
            assert text in found


@SLOW_MACHINES_TOO
@given(BODIES)
def test_what_is_read_holds_every_value_that_is_one(data: dict[str, Any]) -> None:
    read = read_as(data)
    held = json.dumps(read.fields, ensure_ascii=False) + "".join(map(as_text, read.fields.values()))
    held += "".join(one.name for one in fields_of(data))

    for text in texts_in(data):
        if text.isalnum() and text not in NOTHING:
            assert text in held


@SLOW_MACHINES_TOO
@given(BODIES, st.randoms())
def test_the_same_shape_has_the_same_paths(data: dict[str, Any], dice: Any) -> None:
    def others(value: Any) -> Any:
        match value:
            case dict():
                return {key: others(item) for key, item in value.items()}
            case list():
                return [others(item) for item in value]
            case int() if not isinstance(value, bool):
                return dice.randint(10, 99)
            case _:
                return value

    assert [one.path for one in fields_of(others(data))] == [one.path for one in fields_of(data)]


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({"fields[name][value]": "Ada"}, {"fields.name": "Ada"}),
        ({"contact[Name]": "Ada"}, {"contact.Name": "Ada"}),
        ({"topics[]": ["Solar", "Wind"]}, {"topics": ["Solar", "Wind"]}),
        ({"topics[]": "Solar"}, {"topics": "Solar"}),
        ({"Choose [one]": "A"}, {"Choose [one]": "A"}),
        ({"a.b": "1", "a": {"c": "2"}}, {"a.b": "1", "a.c": "2"}),
        ({"a[b]": "1", "a": "2"}, {"a.b": "1", "a": "2"}),
        ({"q": [{"label": "Name", "value": "Ada"}]}, {"q.Name": "Ada"}),
        (
            {"q": [{"label": "Name", "value": "Ada"}, {"label": "Name", "value": "Bob"}]},
            {"q.Name": "Ada", "q.Name 2": "Bob"},
        ),
        ({"q": [{"ref": "n", "type": "text", "text": "Ada"}]}, {"q.n": "Ada", "q.n.type": "text"}),
        ({"p": {"x": {"value": "Ada"}}}, {"p.x": "Ada"}),
        ({"p": '{"x": {"y": "Ada"}}'}, {"p.x.y": "Ada"}),
        ({"p": ["Ada"]}, {"p": "Ada"}),
        ({"p": [{"x": "Ada"}]}, {"p.x": "Ada"}),
        ({"p": [{"x": "1"}, {"x": "2"}]}, {"p.0.x": "1", "p.1.x": "2"}),
        ({"p": "[not json"}, {"p": "[not json"}),
    ],
    ids=str,
)
def test_a_path_is_what_people_call_the_value(data: dict[str, Any], paths: dict[str, Any]) -> None:
    assert {one.name: one.value for one in fields_of(data)} == paths


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("fields[name][value]", "fields.name"),
        ("topics[]", "topics"),
        ("a[b][c]", "a.b.c"),
        ("Choose [one]", "Choose [one]"),
        ("email", "email"),
    ],
)
def test_a_name_in_brackets_is_a_path(name: str, path: str) -> None:
    assert canonical(name) == path
