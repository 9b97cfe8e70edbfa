"""Whatever arrives and whatever the rules: no character is lost, and Zoho can read the record."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leads.data import KNOWN_FIELDS, as_text
from tests.zoho.fields import complaints, fields, plan
from zoho.fit.metadata import Field
from zoho.fit.readers import NO, YES, Home
from zoho.mapping.mapper import read_rules
from zoho.mapping.record import Fitted, Plan, to_record
from zoho.mapping.rules import LEAVE_OUT
from zoho.mapping.transforms import TRANSFORMS

# What people and programs send, beside what nobody would think of.
LIKELY = st.sampled_from(
    [
        "Ada Lovelace", "ada@example.org", "Ada <ada@example.org>", "+49 30 901820", "030/901820",
        "call 0800 FLOWERS", "3/4/2026", "31.12.2026", "2026-12-31T10:00:00Z", "May 3, 2026 3 pm",
        "2026-05-03 10:00:00.25 +02:00", "1,234", "1.234,50", "€ 12", "25 %", "yes", "Nein",
        "web site", "5725767000000411001", "https://example.org/?a=b", "Springfield 12345",
        "x" * 300, "word " * 70, "a, b;c", "12345678901234567890", "0012345600012", "1e5", "-0.0",
    ]
)  # fmt: skip
TEXTS = st.text(max_size=60) | LIKELY | st.text("0123456789+-/.,: ", max_size=30)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
PATHS = st.sampled_from([*KNOWN_FIELDS, "utm.source", "utm", "items[0].name", "a.b", "x"])
NAMES = st.sampled_from([*KNOWN_FIELDS, "utm", "items", "a", "a.b", "x"]) | TEXTS
DATA = st.dictionaries(
    NAMES,
    VALUES
    | st.fixed_dictionaries({"source": VALUES, "other": VALUES})
    | st.lists(st.fixed_dictionaries({"name": VALUES}), min_size=1, max_size=2),
    max_size=8,
)
ARGUMENTS = {
    "constant": TEXTS.filter(as_text),
    "default": TEXTS.filter(as_text),
    "join": st.none() | st.text(max_size=3),
    "template": st.sampled_from(["{first_name} from {city}", "{x}{utm.source}", "<{a.b}>"]),
    "table": st.just({"values": {"yes": "Web site"}, "fallback": ""})
    | st.just({"values": {"a": "b"}, "fallback": "Other"}),
    "date": st.sampled_from(["", "day first", "month first"]),
    "datetime": st.sampled_from(["", "day first", "month first"]),
    "phone": st.sampled_from(["", "DE", "US"]),
    "list": st.sampled_from([None, ";", "and"]),
}
TARGETS = st.sampled_from([*fields(), "Unknown_Field"])


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rules that could be stored."""
    made = []
    for name in draw(st.lists(st.sampled_from(sorted(TRANSFORMS)), max_size=8)):
        many = TRANSFORMS[name].sources == "many"
        source = draw(st.lists(PATHS, min_size=1, max_size=3)) if many else draw(PATHS)
        argument = draw(ARGUMENTS.get(name, st.none()))
        rule = {"target": draw(TARGETS), "transform": name, "argument": argument}
        made.append(rule if name in ("constant", "template") else rule | {"source": source})
    return made


PLANS = st.builds(
    lambda stored, country: plan(rules=read_rules(stored), home=Home(country)),
    rules(),
    st.sampled_from(["", "DE", "US"]),
)


A_SHORT_DATE = plan(
    rules=read_rules([{"target": "Short", "transform": "date", "source": "utm.source"}])
)


def texts(value: Any) -> list[str]:
    """All texts of a JSON value, of the structures in it too."""
    if isinstance(value, dict):
        return [
            json.dumps(value, ensure_ascii=False),
            *(t for v in value.values() for t in texts(v)),
        ]
    if isinstance(value, list):
        return [as_text(value), *(t for v in value for t in texts(v))]
    return [as_text(value)]


def moment(text: str) -> str:
    """The digits of a date or number in a canonical order, to compare two ways of writing it."""
    return "".join(sorted(re.sub("[^0-9]", "", text)))


def is_found(text: str, said: list[str], record: dict[str, Any]) -> bool:
    """Whether a value is in the record: word for word, or as the same number, moment or answer."""
    whole, folded = " ".join(" ".join(said).split()), text.casefold()
    if all(word in whole.casefold() for word in folded.split()):
        return True
    if folded in YES | NO:
        return any(value is (folded in YES) for value in record.values())
    digits = re.sub("[^0-9]", "", text).lstrip("0")
    if re.fullmatch(r"[0-9\s()./+:,'’\u00a0\u202fTZ%-]+", text):
        return any(same(digits, line, text) for one in said for line in (one, *one.splitlines()))
    # Separators of a list, blanks of JSON.
    return all(part.strip().casefold() in whole.casefold() for part in re.split(r"[,;]", text))


def same(digits: str, other: str, text: str) -> bool:
    """Whether another writing has the same digits: of a number, a phone number, a moment."""
    theirs = re.sub("[^0-9]", "", other)
    numbers = digits.strip("0") == theirs.strip("0") or theirs.endswith(digits)
    return numbers or moment(text).strip("0") in moment(other) or _same_moment(text, other)


def _same_moment(text: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(text).isoformat()[:10] == other[:10]
    except ValueError:
        return False


def leaves(value: Any) -> list[Any]:
    """Every plain value in the data."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value] if as_text(value) else []


def spellings(leaf: Any) -> set[str]:
    """How a plain value may be spelled: as text, and in JSON that is quoted in other JSON."""
    text = as_text(leaf)
    once = json.dumps(leaf if isinstance(leaf, bool) else text, ensure_ascii=False).strip('"')
    twice = json.dumps(once, ensure_ascii=False).strip('"')
    return {text, once, twice}


def assert_nothing_is_lost(data: dict[str, Any], fitted: Fitted) -> None:
    said = texts(fitted.record)
    for leaf in leaves(data):
        assert any(is_found(text, said, fitted.record) for text in spellings(leaf)), leaf


@given(DATA)
def test_by_default_every_character_is_in_the_record(data: dict[str, Any]) -> None:
    assert_nothing_is_lost(data, to_record(data))


@given(DATA, PLANS)
@example({"utm": {"source": "1/1/0003", "other": [2.0]}}, A_SHORT_DATE)
@settings(max_examples=300)
def test_by_any_rules_every_character_is_in_the_record(data: dict[str, Any], plan: Plan) -> None:
    assert_nothing_is_lost(data, to_record(data, plan))


@given(DATA, PLANS)
@settings(max_examples=300)
def test_what_fits_is_accepted_by_the_sandbox(data: dict[str, Any], plan: Plan) -> None:
    fitted = to_record(data, plan)

    assert fitted.failure is None
    assert complaints(fitted.record) == []
    json.dumps(fitted.record, allow_nan=False)


@given(DATA, PLANS)
def test_with_tiny_fields_nothing_is_lost_either(data: dict[str, Any], plan: Plan) -> None:
    tiny = {name: {"length": 2} for name in plan.fields if name != "Description"}
    fitted = to_record(data, Plan(plan.rules, fields=fields(**tiny), home=plan.home))

    assert_nothing_is_lost(data, fitted)


@given(DATA, DATA, PLANS)
def test_nothing_of_one_lead_reaches_the_next(
    first: dict[str, Any], second: dict[str, Any], plan: Plan
) -> None:
    alone = to_record(second, plan)
    kept = json.dumps(second)

    to_record(first, plan)

    assert to_record(second, plan) == alone
    assert json.dumps(second) == kept


@given(DATA, rules())
def test_what_is_left_out_is_named_and_all_else_is_kept(
    data: dict[str, Any], stored: list[dict[str, Any]]
) -> None:
    understood = read_rules(stored)
    everything = to_record(data, plan(rules=understood))
    chosen = to_record(data, plan(rules=understood, rest=LEAVE_OUT))

    left_out = [repair for repair in chosen.repairs if repair.endswith("mapping says")]
    if not left_out:
        assert chosen == everything
    same = {name: value for name, value in everything.record.items() if name != "Description"}
    assert {n: v for n, v in chosen.record.items() if n != "Description"} == same


@pytest.mark.parametrize("field", sorted(fields()))
@pytest.mark.parametrize(
    "text",
    [
        "a@" + "-" * 500_000,
        "a.b" + "/\n?" * 200_000,
        "+" + "1-" * 300_000 + "!",
        "(" * 500_000,
        "1 " * 300_000,
        "1," * 300_000 + "x",
        "{" * 200_000,
        "2026-01-01T" + "0" * 500_000,
        "e\u0301" * 200_000,
        "😀\u200d" * 150_000,
        "@ " * 300_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_nasty_texts_of_half_a_megabyte_take_less_than_a_second(field: str, text: str) -> None:
    stored = [{"source": "x", "target": field}]
    started = time.process_time()

    to_record({"x": text}, plan(rules=read_rules(stored)))

    assert time.process_time() - started < 1


def test_a_thousand_fields_take_less_than_a_second() -> None:
    data = {f"field {number}": "value " * 100 for number in range(1000)}
    huge = {"Description": Field("Description", "textarea", 10**6)}
    started = time.process_time()

    fitted = to_record(data, Plan(fields=huge))

    assert fitted.record["Description"].count("\n") == 999
    assert time.process_time() - started < 1
