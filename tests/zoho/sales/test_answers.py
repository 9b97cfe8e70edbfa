"""What a record says of a lead, whatever an answer holds: nothing that is not there, no crash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.counters.sales.record import Deal
from leads.models.sales import LONGEST
from zoho.sales import answers

WON = frozenset({"closed won"})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value", "thousandths"),
    [
        (1200, 1_200_000),
        (1200.5, 1_200_500),
        (0.1, 100),
        (0, 0),
        (-80, -80_000),
        (12.3456, 12_346),
        (10**12, 10**15),
        (10**12 + 1, None),
        (1e300, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ("1200", None),
        (None, None),
        ([1200], None),
    ],
)
def test_an_amount_is_a_number_that_can_be_believed(value: Any, thousandths: int | None) -> None:
    assert answers.thousandths(value) == thousandths


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-11-30T09:15:00+01:00", datetime.fromisoformat("2026-11-30T08:15:00+00:00")),
        ("2026-11-30T09:15:00", None),
        ("0001-01-01T00:00:00+00:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        (1764490500, None),
        (None, None),
    ],
)
def test_a_moment_has_a_zone_and_is_of_our_time(value: Any, read: datetime | None) -> None:
    assert answers.moment(value) == read


@pytest.mark.parametrize(
    ("named", "currency"),
    [({}, "EUR"), ({"Currency": None}, "EUR"), ({"Currency": "USD"}, "USD")]
    + [({"Currency": garbage}, "") for garbage in ("US Dollar", "usd", 5, ["USD"], "$")],
)
def test_a_currency_is_the_deals_own_or_else_the_organisations(
    named: dict[str, Any], currency: str
) -> None:
    """One that is not understood is none: its amount must not be added to another one's."""
    assert answers.deal({"Amount": 5, **named}, WON, "EUR").currency == currency


@pytest.mark.parametrize(
    ("stage", "won"),
    [("Closed Won", True), ("closed won ", True), ("Closed Lost", False), ("", False), (7, False)],
)
def test_a_deal_is_won_in_the_stages_of_the_setting(stage: Any, won: bool) -> None:
    assert answers.deal({"Stage": stage}, WON, "").won is won


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"id": "61000", "name": "Roof"}, "61000"),
        ("61000", "61000"),
        ({"id": 61000}, ""),
        ({"id": "6,1"}, ""),
        ({}, ""),
        (["61000"], ""),
        (None, ""),
    ],
)
def test_an_id_is_digits(value: Any, found: str) -> None:
    assert answers.an_id(value) == found


@given(
    st.dictionaries(st.sampled_from([*answers.OF_LEADS, "$converted", "id"]), ANYTHING),
    st.booleans(),
)
def test_any_record_of_a_lead_is_read(record: dict[str, Any], converted: bool) -> None:
    seen = answers.sighting(record, converted)

    assert max(len(seen.owner), len(seen.status)) <= LONGEST
    assert (seen.owner + seen.status).isprintable()
    assert converted or (seen.converted_at, seen.deal_id) == (None, "")
    assert answers.is_converted(record) in (True, False, None)


@given(st.dictionaries(st.sampled_from([*answers.OF_DEALS, "id"]), ANYTHING))
def test_any_record_of_a_deal_is_read(record: dict[str, Any]) -> None:
    deal = answers.deal(record, WON, "EUR")

    assert isinstance(deal, Deal)
    assert deal.amount is None or abs(deal.amount) <= 10**15
    assert len(deal.currency) in (0, 3)
