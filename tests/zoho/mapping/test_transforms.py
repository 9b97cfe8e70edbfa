"""What each transform makes, and what is wrong with arguments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.data import as_text
from zoho.fit.readers import Home
from zoho.mapping.paths import find, read_path, write_path
from zoho.mapping.transforms import LONGEST, TRANSFORMS, Made


@pytest.mark.parametrize(
    ("name", "values", "argument", "made"),
    [
        ("as_is", [" a "], None, Made("a")),
        ("as_is", [["a"]], None, Made(["a"])),
        ("trim", ["a  b\nc"], None, Made("a b c")),
        ("upper", ["straße"], None, Made("STRASSE")),
        ("lower", ["ÄB"], None, Made("äb")),
        ("title", ["ada lovelace"], None, Made("Ada Lovelace")),
        ("upper", ["ɦ\u0131"], None, Made("ɦ\u0131")),
        ("constant", [], "Web", Made("Web")),
        ("default", [None], "Web", Made("Web")),
        ("default", ["x"], "Web", Made("x")),
        ("first_name", ["Ada King Lovelace"], None, Made("Ada King", whole=False)),
        ("last_name", ["Ada King Lovelace"], None, Made("Lovelace", whole=False)),
        ("first_name", ["Ada", "", "Ada King Lovelace"], None, Made("Ada King", whole=False)),
        ("last_name", ["Ada", "King", "X Y"], None, Made("King", whole=False)),
        ("first_name", ["Bob", "", "Ada Lovelace"], None, Made("Bob Ada", whole=False)),
        ("join", ["a", None, "b"], None, Made("a, b")),
        ("join", ["a", "b"], "-", Made("a-b")),
        ("template", ["Ada", None], "{first_name} from {city}", Made("Ada from")),
        ("template", [None, ""], "{first_name} from {city}", Made(None)),
        ("table", ["A1"], {"values": {"a1": "Web"}}, Made("Web", whole=False)),
        ("table", ["web"], {"values": {"web": "Web"}}, Made("Web")),
        ("table", ["z"], {"values": {"a1": "Web"}}, Made("z")),
        ("table", ["z"], {"values": {"a1": "W"}, "fallback": "Other"}, Made("Other", whole=False)),
        ("table", [["a", "", "z"]], {"values": {"a": "W"}}, Made(["W", "z"], whole=False)),
        ("table", [None], {"values": {"a": "W"}}, Made(None)),
        ("date", ["3/4/2026"], "month first", Made("2026-03-04")),
        ("date", ["soon"], None, Made("soon")),
        ("datetime", ["2026-05-03 10:00"], None, Made("2026-05-03T10:00:00+00:00")),
        ("phone", ["030 901820"], None, Made("+4930901820")),
        ("phone", ["212 555 0100"], "US", Made("+12125550100")),
        ("phone", ["none"], None, Made("none")),
        ("number", ["1.234,50"], None, Made("1234.50")),
        ("yes_no", ["ja"], None, Made(True)),
        ("list", ["a, b,"], None, Made(["a", "b"])),
        ("list", ["a;b"], ";", Made(["a", "b"])),
        ("list", ["a and b"], "and", Made(["a", "b"], whole=False)),
        ("list", [["a"]], None, Made(["a"])),
    ],
)
def test_a_transform(name: str, values: list[Any], argument: Any, made: Made) -> None:
    assert TRANSFORMS[name].run(values, argument, Home("DE")) == made


@pytest.mark.parametrize(
    ("name", "argument", "good"),
    [
        ("as_is", None, True),
        ("as_is", "x", False),
        ("constant", "x", True),
        ("constant", " ", False),
        ("constant", ["x"], False),
        ("join", None, True),
        ("join", "", True),
        ("join", 5, False),
        ("template", "{city}", True),
        ("template", "city", False),
        ("template", None, False),
        ("table", {"values": {"a": "b"}, "fallback": "c"}, True),
        ("table", {"values": {}}, False),
        ("table", {"values": {"a": 5}}, False),
        ("table", "a", False),
        ("date", "day first", True),
        ("date", "year first", False),
        ("phone", "DE", True),
        ("phone", "", True),
        ("phone", "de", False),
        ("phone", 5, False),
    ],
)
def test_an_argument_is_checked(name: str, argument: Any, good: bool) -> None:
    assert (TRANSFORMS[name].check(argument) == "") is good


DATA = {"utm": {"source": "web"}, "items": [{"name": "a"}], "utm.source": "flat", "n": 5}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("utm.source", "flat"),
        ("items[0].name", "a"),
        ("items[7].name", None),
        ("items.name", None),
        ("utm[0]", None),
        ("n.x", None),
        ("utm", {"source": "web"}),
        ("", None),
        ("a..b", None),
    ],
)
def test_a_path_finds_its_value(path: str, value: Any) -> None:
    assert find(DATA, path)[1] == value


@pytest.mark.parametrize("path", ["a", "a.b", "a[0].b", "a[0][1]"])
def test_a_path_reads_as_it_is_written(path: str) -> None:
    keys = read_path(path)

    assert keys is not None
    assert write_path(keys) == path


@pytest.mark.parametrize("path", ["", ".a", "a.", "a..b", "a[x]", "a]", "[0]", "a[0]b"])
def test_what_is_no_path(path: str) -> None:
    assert read_path(path) is None


def test_a_template_that_repeats_a_long_value_ends_somewhere() -> None:
    made = TRANSFORMS["template"].run(["x" * 20_000] * 500, "{a}" * 500, Home())

    assert isinstance(made.value, str)
    assert (len(made.value), made.whole) == (LONGEST, False)


@given(
    values=st.lists(
        st.text(st.characters(exclude_characters="{}"), max_size=20), min_size=1, max_size=5
    )
)
def test_a_template_holds_every_value_where_its_place_is(values: list[str]) -> None:
    argument = "|".join(f"{{field{number}}}" for number in range(len(values)))

    made = TRANSFORMS["template"].run(values, argument, Home())

    expected = "|".join(as_text(value) for value in values)
    assert made.value == (expected.strip() if any(map(as_text, values)) else None)
