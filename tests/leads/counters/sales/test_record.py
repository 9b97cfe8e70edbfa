"""Sales: the counters are at every instant what the rows say, and outlive them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.counters.attribution import BETWEEN
from leads.counters.sales.record import Deal, Sighting, record, take_out
from leads.models import Breakdown, CrmRecord, Lead, SalesCounter
from leads.privacy.erase import erase
from leads.privacy.person import as_document
from leads.signals import lead_converted
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
SPRING, PLAIN = (BETWEEN.join(("api", name, "a.example")) for name in ("spring", "(none)"))
State = CrmRecord.State
ALL = {"grain": "all", "dimension": "campaign"}


def delivered(campaign: str = SPRING, **values: Any) -> Lead:
    return make_lead(status="delivered", attribution=campaign, **values)


def converted(deal: Deal | None = None, deal_id: str = "7000") -> Sighting:
    return Sighting(State.CONVERTED, "Mara", "Contacted", None, deal_id if deal else "", deal)


def deal(amount: int | None = 1_000, currency: str = "EUR", won: bool = True) -> Deal:
    return Deal(
        stage="Closed Won" if won else "Proposal", amount=amount, currency=currency, won=won
    )


def see(lead: Lead, sighting: Sighting) -> None:
    record({lead.pk: sighting}, timezone.now())


def sums(**which: Any) -> dict[tuple[str, str], tuple[int, int, int]]:
    """What is counted, by value and currency; nothing where all of it is 0."""
    rows = SalesCounter.objects.filter(**ALL | which).values_list(
        "value", "currency", *SalesCounter.COUNTS
    )
    return {(value, code): (c, w, a) for value, code, c, w, a in rows if c or w or a}


@pytest.fixture
def told() -> Iterator[list[int]]:
    said: list[int] = []

    def listen(lead: Lead, **_signal: Any) -> None:
        said.append(lead.pk)

    lead_converted.connect(listen)
    yield said
    lead_converted.disconnect(listen)


def test_a_won_deal_counts_under_the_leads_campaign_and_its_own_currency() -> None:
    see(delivered(), converted(deal(1_200_500)))
    see(delivered(PLAIN), converted(deal(5_000, "USD"), "7001"))
    see(delivered(), converted(deal(9_000, won=False), "7002"))
    see(delivered(), Sighting(State.OPEN, "Mara", "Contacted"))

    assert sums() == {
        ("spring", ""): (2, 0, 0),
        ("spring", "EUR"): (0, 1, 1_200_500),
        ("(none)", ""): (1, 0, 0),
        ("(none)", "USD"): (0, 1, 5_000),
    }
    by_site = sums(dimension="site")
    assert by_site == {
        ("", ""): (3, 0, 0),
        ("", "EUR"): (0, 1, 1_200_500),
        ("", "USD"): (0, 1, 5_000),
    }
    for grain in ("hour", "day"):
        assert sums(grain=grain) == sums()


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (deal(3_000), {("spring", ""): (1, 0, 0), ("spring", "EUR"): (0, 1, 3_000)}),
        (deal(1_000, "CHF"), {("spring", ""): (1, 0, 0), ("spring", "CHF"): (0, 1, 1_000)}),
        (deal(None), {("spring", ""): (1, 0, 0), ("spring", "EUR"): (0, 1, 0)}),
        (deal(won=False), {("spring", ""): (1, 0, 0)}),
        (Deal(deal_is_gone=True), {("spring", ""): (1, 0, 0)}),
    ],
)
def test_a_deal_that_changes_moves_the_counts(later: Deal, left: Any) -> None:
    lead = delivered()
    see(lead, converted(deal(1_000)))

    see(lead, converted(later))

    assert sums() == left


def test_what_was_not_answered_changes_nothing() -> None:
    lead = delivered()
    see(lead, converted(deal()))
    before = sums()

    see(lead, Sighting(State.CONVERTED, "Mara", "", None, "7000", None))
    see(lead, Sighting(State.HIDDEN))

    row = CrmRecord.objects.get()
    assert sums() == before
    assert (row.state, row.owner, row.stage) == ("hidden", "Mara", "Closed Won")


def test_a_lead_that_is_no_longer_converted_is_not_counted() -> None:
    lead = delivered()
    see(lead, converted(deal()))

    see(lead, Sighting(State.OPEN, "Mara"))

    assert sums() == {}
    assert CrmRecord.objects.get().deal_id == ""


def test_a_record_and_a_deal_count_once_whoever_shares_them() -> None:
    first, second = delivered(zoho_id="61"), delivered(PLAIN, zoho_id="61")
    other = delivered(zoho_id="62")

    record(dict.fromkeys([first.pk, second.pk, other.pk], converted(deal())), timezone.now())
    record(dict.fromkeys([second.pk, first.pk], converted(deal())), timezone.now())

    assert sums() == {("spring", ""): (2, 0, 0), ("spring", "EUR"): (0, 1, 1_000)}


def test_what_was_counted_outlives_the_person_and_the_row_does_not() -> None:
    lead = delivered()
    see(lead, converted(deal()))
    before = sums()

    erase(Lead.objects.filter(pk=lead.pk))
    see(lead, converted(deal(9_999)))

    assert not CrmRecord.objects.exists()
    assert sums() == before


def test_a_person_is_handed_what_became_of_the_lead() -> None:
    lead = delivered()
    see(lead, converted(deal(1_200_500)))

    [document] = json.loads(json.dumps(as_document(Lead.objects.filter(pk=lead.pk))))

    became = document["what_became_of_it"]
    assert (became["owner"], became["stage"], became["amount"]) == ("Mara", "Closed Won", "1200.5")


def test_a_lead_that_was_a_test_takes_its_counts_along() -> None:
    lead = delivered()
    see(lead, converted(deal()))

    take_out(lead)

    assert (sums(), CrmRecord.objects.count()) == ({}, 0)


def test_tests_and_leads_that_are_not_delivered_are_left_alone() -> None:
    for lead in (delivered(is_test=True), make_lead(status="entered")):
        see(lead, converted(deal()))

    assert not CrmRecord.objects.exists()


def test_the_values_of_a_full_day_are_counted_as_the_breakdown_counts_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("leads.counters.breakdown.MOST_VALUES", 1)
    lead = delivered()
    day = lead.received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    for dimension in ("source", "campaign"):
        kept = {"grain": "day", "start": day, "site_pk": lead.site_id, "dimension": dimension}
        Breakdown.objects.create(value="another", delivered=1, **kept)

    see(lead, converted(deal()))

    assert {value for value, _code in sums()} == {Breakdown.OTHER}


def test_who_listens_is_told_once(told: list[int]) -> None:
    lead, other = delivered(), delivered()

    see(lead, converted())
    see(other, Sighting(State.OPEN))
    see(lead, converted(deal()))

    assert told == [lead.pk]


def test_a_listener_that_fails_is_logged_and_reading_goes_on(
    told: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    lead = delivered()

    def fail(**_signal: Any) -> None:
        raise ValueError

    lead_converted.connect(fail)
    try:
        see(lead, converted())
    finally:
        lead_converted.disconnect(fail)

    assert CrmRecord.objects.get().state == State.CONVERTED
    assert f"the conversion of lead {lead.pk} was not told" in caplog.text


DEALS = st.builds(
    deal, st.sampled_from([None, 0, 1, 500]), st.sampled_from(["", "EUR", "USD"]), st.booleans()
)
SIGHTINGS = st.one_of(
    st.just(Sighting(State.OPEN)),
    st.just(Sighting(State.HIDDEN)),
    st.builds(converted, st.none() | DEALS, st.sampled_from(["1", "2"])),
)


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), SIGHTINGS), max_size=8))
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_sums_hold_whatever_is_seen_in_whatever_order(seen: list[tuple[int, Sighting]]) -> None:
    CrmRecord.objects.all().delete()
    SalesCounter.objects.all().delete()
    leads = [delivered(zoho_id=zoho_id) for zoho_id in ("61", "61", "62")]

    for number, sighting in seen:
        see(leads[number], sighting)

    rows = CrmRecord.objects.filter(is_first=True, converted_at__isnull=False)
    won = rows.filter(won=True, has_deal=True)
    whole = SalesCounter.objects.filter(**ALL).aggregate(
        converted=Sum("converted"), won=Sum("won"), amount=Sum("amount")
    )
    amount = won.aggregate(n=Sum("amount"))["n"] or 0
    assert {name: n or 0 for name, n in whole.items()} == {
        "converted": rows.count(),
        "won": won.count(),
        "amount": amount,
    }
