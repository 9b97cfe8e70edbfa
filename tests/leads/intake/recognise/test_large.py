"""Bodies that are made to become more than they are: what is read of one stays bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leads.intake.body import shape
from leads.intake.body.heavy import MOST_KEYS
from leads.intake.body.shape import LONGEST_WAY, MOST_REPEATED, fields_of
from leads.intake.body.submission import Submission
from leads.intake.recognise import names, places, plain, spoken
from leads.intake.recognise.plain import read_plain
from leads.intake.recognise.reading import read_as

LONG = "k" * 25_000
MANY = MOST_KEYS // 3
"""Questions with their answers; of more than MOST_KEYS names the rest is not read."""
LEAVES = {f"a{number}": 1 for number in range(3500)}
ADA = {"name": "Ada Byron", "email": "ada@x.example"}


def below(steps: int, name: str, value: Any) -> dict[str, Any]:
    """A value that many names stand above."""
    for _ in range(steps):
        value = {name: value}
    return {name: value}


GROWING: dict[str, dict[str, Any]] = {
    "one long name": {LONG: LEAVES},
    "a name as long as a way may be": {"k" * LONGEST_WAY: LEAVES},
    "many names above": below(28, "k" * 900, LEAVES),
    "nothing": {LONG: {**dict.fromkeys(LEAVES), **LEAVES}},
    "a list": {LONG: [{"a": number, "b": 1} for number in range(2000)]},
    "a list of lists": {LONG: [[number, 1] for number in range(2000)]},
    "a label": {"fields": [{"label": LONG, "value": 1, **LEAVES}, {"label": "b", "value": 2}]},
    "an answer in parts": {"fields": [{"label": LONG, "value": LEAVES}]},
    "JSON in a text": {LONG: json.dumps(LEAVES)},
    "a wrapped value": {LONG: {"value": LEAVES}},
    "short names, many times": {"k" * 300: [{f"a{number}": LEAVES} for number in range(2)]},
}


@pytest.mark.parametrize("case", GROWING)
def test_what_is_read_is_hardly_more_than_what_came(case: str) -> None:
    data = {**GROWING[case], **ADA}
    came = len(json.dumps(data))

    read = read_as(data)

    assert len(json.dumps(read.as_json())) < came + MOST_REPEATED + 100 * len(read.fields)
    assert (read.fields["contact_name"], read.fields["email"]) == ("Ada Byron", "ada@x.example")


@pytest.mark.parametrize(
    "data",
    [
        {LONG: "1"},
        {f"a{number}": "1" for number in range(MOST_KEYS)},
        {"data": {LONG: "1"}},
        {"fields": [{"label": LONG, "value": "1"}]},
        {"form": {"answers": [{"label": f"Q {n}", "value": {"x": n}} for n in range(MANY)]}},
    ],
    ids=["long name", "many names", "long name below", "long question", "many answers"],
)
def test_no_value_is_left_out_whose_path_is_no_longer_than_a_tool_makes_it(data: Any) -> None:
    def leaves(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value
        return sum(map(leaves, inner)) if isinstance(value, dict | list) else 1

    labels = len(data["fields"]) if "fields" in data else MANY * ("form" in data)

    assert len(fields_of(data)) == leaves(data) - labels


@pytest.mark.parametrize("data", [{"k" * 300_000: {"a": None, "b": "x"}}, {LONG: [{"a": ["x"]}]}])
def test_a_value_below_the_longest_name_is_a_value(data: dict[str, Any]) -> None:
    assert any(one.value == "x" for one in fields_of(data))


def test_no_long_name_is_remembered() -> None:
    data = {LONG: {"mail": LEAVES}, f"{LONG}s": "1"}
    caches = [
        *(names._folded, names._asked_for, plain._is_of_the_table, places.is_wrapper),
        *(shape._is_value_key, spoken._spoken),
    ]
    for cache in caches:
        cache.cache_clear()

    read_plain(Submission(b"", "", {**data, **ADA}))
    once = [cache.cache_info().currsize for cache in caches]
    read_plain(Submission(b"", "", {**{name + "k": data[name] for name in data}, **ADA}))

    assert [cache.cache_info().currsize for cache in caches] == once
