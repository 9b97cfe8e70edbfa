"""The breakdown: sums of every table are the figures above it, at every instant."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import tasks
from leads.apply import Move, apply
from leads.counters import attribute, breakdown
from leads.counters.attribution import BETWEEN
from leads.counters.compaction import fold
from leads.counters.deltas import quarter_of
from leads.counters.overview import overview
from leads.counters.spans import Counts, Reader, Span, total_of
from leads.delivery.sweep import sweep
from leads.models import Breakdown, CounterDelta, CounterRollup, Lead, Site
from leads.models.counters import EVERY_SITE
from leads.models.transitions import become, delivered, failed, received
from leads.privacy.erase import erase
from leads.reasons import Reason
from leads.store import database
from tests.factories import make_failed_lead, make_lead, make_log, make_site

NOW = datetime(2026, 11, 1, 12, 20, tzinfo=UTC)
ALWAYS = Span(None, NOW)
THEN = NOW - timedelta(days=1, hours=1)
TWO_DAYS = (Span.of(NOW - timedelta(days=1), NOW), Span.of(THEN - timedelta(days=1), THEN))
"""One, and the one before it."""
DIMENSIONS = [name for name in Breakdown.Dimension.values if name != "crossed"]
BY_CAMPAIGN = Breakdown.Dimension.CAMPAIGN


def under(campaign: str, page: str = "a.example") -> str:
    return BETWEEN.join(("api", campaign, page))


def came(site: Site, numbers: range) -> None:
    """A lead of each of these campaigns, as it is counted."""
    kept = {"kind": "lead", "site": site, "quarter": quarter_of(NOW), "outcome": "queued"}
    CounterDelta.objects.bulk_create(
        CounterDelta(attribution=under(f"c{n:03}"), amount=1, **kept) for n in numbers
    )


def campaigns(span: Span = ALWAYS) -> dict[Any, Counts]:
    return Reader.now().by(BY_CAMPAIGN, span)


@pytest.mark.parametrize(
    ("status", "reason", "name"),
    [
        ("queued", "", "under_way"),
        ("sending", "", "under_way"),
        ("delivered", "", "delivered"),
        ("entered", "too_long", "entered"),
        ("failed", "too_long", "failed"),
        ("failed", "missing_field", "held"),
        ("failed", "quarantined", "spam"),
        ("discarded", "too_long", "discarded"),
        ("discarded", "duplicate_email", "held"),
        ("discarded", "quarantined", "spam"),
    ],
)
def test_a_lead_is_counted_where_it_stands(status: str, reason: str, name: str) -> None:
    assert breakdown.class_of(status, reason) == name


def test_four_spam_posts_do_not_make_a_site_bad(site: Site) -> None:
    for _ in range(4):
        make_failed_lead(reason=Reason.QUARANTINED)
    make_lead(status="delivered")

    whole = Reader.now().total(ALWAYS)

    assert (whole.received, whole.spam, whole.sent_on) == (5, 4, 1)
    assert whole.outcome_rate == 100


MOMENTS = st.datetimes(datetime(2026, 10, 1), datetime(2026, 11, 1, 12)).map(  # noqa: DTZ001 - made so below
    lambda moment: moment.replace(tzinfo=UTC)
)
LEADS = st.tuples(
    MOMENTS,
    st.integers(0, 1),
    st.sampled_from(["queued", "delivered", "failed", "entered", "discarded"]),
    st.sampled_from(["", "too_long", "quarantined", "missing_field"]),
    st.sampled_from(["", under("a"), under("b", "b.example"), under("c")]),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    given_leads=st.lists(LEADS, max_size=12),
    days=st.integers(1, 30),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Toronto", "Asia/Kolkata"]),
    folds=st.integers(0, 12),
    which=st.sampled_from([None, [0], [1], []]),
)
def test_the_sums_of_each_table_are_the_tiles_also_over_clock_changes(
    db: None, given_leads: list[Any], days: int, zone: str, folds: int, which: list[int] | None
) -> None:
    for model in (CounterDelta, Breakdown, CounterRollup, Lead):
        model.objects.all().delete()
    sites = [make_site(), make_site()]
    for at, number, status, reason, attribution in given_leads:
        reason = reason or ("refused" if status == "failed" else "")
        values = {"reason": reason, "attribution": attribution, "received_at": at}
        make_lead(site=sites[number], status=status, **values)
        if Lead.objects.count() == folds:
            fold()
    local = NOW.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0) - timedelta(days=days)
    span, chosen = Span.of(local, NOW), None if which is None else [sites[n].pk for n in which]

    reader = Reader.now(chosen)

    expected = Counter(
        breakdown.class_of(lead.status, lead.reason)
        for lead in Lead.objects.filter(received_at__gte=span.since, received_at__lt=span.until)
        if chosen is None or lead.site_id in chosen
    )
    whole, seen = reader.total(span), overview(span, None, chosen)
    assert seen.now == whole == Counts(**expected)
    for dimension in DIMENSIONS:
        table = seen.tables[dimension]
        counts = [line.now for line in [*table.lines, *table.rest]]
        short = [line.now for line in [*table.first(1).lines, *table.first(1).rest]]
        attempts_too = dimension in ("site", "reason")
        assert total_of(counts) == total_of(short) == (whole if attempts_too else whole.leads())
        assert all(n >= 0 for counted in counts for n in vars(counted).values())
    assert reader.unaccounted() == 0


def test_folding_changes_nothing_that_can_be_seen(site: Site) -> None:
    lead = make_lead(attribution=under("a"), status="sending")
    make_log(make_failed_lead(reason="too_long", attribution=under("b")))
    before = [Reader.now().by(dimension, ALWAYS) for dimension in DIMENSIONS]
    fold()
    assert [Reader.now().by(dimension, ALWAYS) for dimension in DIMENSIONS] == before
    apply([Move(lead, delivered(timezone.now(), "61"))])
    moved = campaigns()["a"]
    assert (moved.delivered, moved.prompt, moved.under_way) == (1, 1, 0)
    fold()
    assert campaigns()["a"] == moved


@pytest.mark.parametrize(("seconds", "prompt"), [(0, 1), (60, 1), (61, 0)])
def test_prompt_is_in_the_crm_within_a_minute(site: Site, seconds: int, prompt: int) -> None:
    lead = make_lead(attribution=under("a"), status="sending")

    apply([Move(lead, delivered(lead.received_at + timedelta(seconds=seconds), "61"))])

    assert Reader.now().total(ALWAYS).prompt == prompt


def test_a_lead_that_failed_first_is_never_prompt_nor_counted_twice(site: Site) -> None:
    lead = make_lead(attribution=under("a"), status="sending")
    for change in (failed(timezone.now(), "too_long"), received(timezone.now())):
        apply([Move(lead, change)])
        become(lead, change)
    apply([Move(lead, delivered(lead.received_at + timedelta(hours=1), "61"))])

    assert campaigns()["a"] == Counts(delivered=1)


def test_a_site_has_two_hundred_campaigns_a_day_and_others(site: Site) -> None:
    came(site, range(150))
    fold()
    came(site, range(100, 300))
    make_lead(attribution=under("c299"), received_at=NOW - timedelta(days=1))
    fold()

    rows = Breakdown.objects.filter(site_pk=site.pk)
    rows = rows.filter(grain="day", dimension=BY_CAMPAIGN, start__day=NOW.day)

    assert rows.exclude(value=Breakdown.OTHER).count() == 200
    assert rows.get(value=Breakdown.OTHER).under_way == 100
    assert sum(row.under_way for row in rows) == 350
    last = Breakdown.objects.of_every_site().get(grain="day", value="c299")
    assert last.start.day == (NOW - timedelta(days=1)).day


def test_what_is_counted_among_the_others_leaves_them_as_it_goes(site: Site) -> None:
    came(site, range(200))
    last = make_lead(attribution=under("c200"), received_at=NOW)
    fold()

    apply([Move(last, delivered(NOW, "61"))])
    fold()

    rows = Breakdown.objects.filter(grain="day", dimension=BY_CAMPAIGN, value=Breakdown.OTHER)
    assert [(row.under_way, row.delivered) for row in rows] == [(0, 1)] * 2, "its site's, and all"


def test_a_fold_of_a_version_before_is_made_good(site: Site) -> None:
    make_lead(attribution=under("a"))
    make_log(make_failed_lead(reason="too_long"))
    fold()
    whole = [Reader.now().by(dimension, ALWAYS) for dimension in ("site", "reason")]
    Breakdown.objects.exclude(dimension=BY_CAMPAIGN).delete()
    CounterRollup.objects.filter(grain="whole").delete()

    assert breakdown.mend(NOW)

    assert [Reader.now().by(dimension, ALWAYS) for dimension in ("site", "reason")] == whole
    assert campaigns()["a"].received == 1
    assert not breakdown.mend(NOW)


@pytest.mark.usefixtures("within_a_minute")
def test_versions_that_fold_by_turns_have_it_made_anew_once_a_minute(site: Site) -> None:
    for fold_number in range(1, 4):
        CounterRollup.objects.update_or_create(grain="fold", defaults={"amount": fold_number})

        assert breakdown.mend(NOW) is (fold_number == 1)


def test_what_takes_long_is_left_to_a_sweep_that_nobody_cuts_off(site: Site) -> None:
    CounterRollup.objects.create(grain="fold", amount=1)

    tasks.sweep()
    assert not breakdown.holds_every_fold("whole")
    sweep()
    assert breakdown.holds_every_fold("whole")


def test_the_database_counts_each_as_a_fold_does(site: Site) -> None:
    outcomes = [*Lead.Status.values, "lost", "13002", "13003"]
    reasons = ["", "too_long", "missing_field", "quarantined"]
    kept = {"site": site, "amount": 1, "rolled": 1, "folded": True}
    expected: Counter[str] = Counter()
    for kind in CounterDelta.Kind.values:
        for outcome in outcomes:
            for number, reason in enumerate(reasons):
                quarter = quarter_of(NOW) - timedelta(days=150 * number)
                key = {"kind": kind, "outcome": outcome, "reason": reason, "quarter": quarter}
                CounterDelta.objects.create(**key, **kept)
                expected[breakdown.count_of(kind, outcome, reason)] += 1
    del expected[""]
    CounterRollup.objects.create(grain="fold", amount=1)

    assert breakdown.mend(NOW)

    for dimension in ("site", "reason"):
        rows = Breakdown.objects.filter(grain="all", dimension=dimension)
        sums = {name: sum(getattr(row, name) for row in rows) for name in Breakdown.COUNTS}
        assert sums == expected
    hours = Breakdown.objects.filter(dimension="reason", grain="hour").values_list("start")
    days = Breakdown.objects.filter(dimension="reason", grain="day").values_list("start")
    hour, day = NOW.replace(minute=0), NOW.replace(hour=0, minute=0)
    assert {at for (at,) in hours} == {hour, hour - timedelta(days=150)}
    assert {at for (at,) in days} == {day - timedelta(days=150 * number) for number in range(4)}


def of_values(rows: Any) -> Counter[tuple[Any, ...]]:
    sums: Counter[tuple[Any, ...]] = Counter()
    for *cell, under_way, gone in rows.values_list(*CELL, "under_way", "discarded"):
        sums[(*cell, "under_way")] += under_way
        sums[(*cell, "discarded")] += gone
    return +sums


CELL = ("grain", "dimension", "start", "value")


@pytest.mark.parametrize("known", [True, False], ids=["by every fold", "made anew"])
def test_all_sites_together_are_the_sum_of_the_sites(site: Site, known: bool) -> None:
    for shop in (site, make_site(name="Second"), make_site(name="Third")):
        for n in range(3):
            make_lead(site=shop, attribution=under(f"c{n % 2}"), received_at=NOW)
        make_lead(site=shop, attribution=under("c9"), received_at=NOW - timedelta(days=3))
    fold()
    erase(Lead.objects.filter(site=site))
    fold()
    if not known:
        Breakdown.objects.of_every_site().delete()
        CounterRollup.objects.filter(grain="every").delete()
        assert breakdown.mend(NOW)

    each = Breakdown.objects.exclude(site_pk=EVERY_SITE).filter(
        dimension__in=["source", "campaign", "page", "crossed"]
    )

    assert of_values(Breakdown.objects.of_every_site()) == of_values(each)
    assert not breakdown.mend(NOW)


@pytest.mark.parametrize("limited", [False, True])
def test_the_span_before_is_asked_for_the_values_of_now(
    site: Site, monkeypatch: pytest.MonkeyPatch, limited: bool
) -> None:
    monkeypatch.setattr("leads.counters.spans.MOST", 1)
    for campaign, failed_now, failed_then in (("a", 1, 3), ("b", 2, 1)):
        for at, n in ((NOW, failed_now), (NOW - timedelta(days=1, hours=2), failed_then)):
            for _ in range(n):
                make_failed_lead(reason="x", attribution=under(campaign), received_at=at)
    fold()

    seen = overview(*TWO_DAYS, sites=[site.pk] if limited else None)

    table = seen.tables["campaign"]
    assert [(x.key, x.now.failed, x.before.failed) for x in table.lines] == [("b", 2, 1)]
    assert table.others
    assert (table.others.now.failed, table.others.before.failed) == (1, 3)
    assert (seen.known, seen.known_before) == (Counts(failed=3), Counts(failed=4))


def test_what_is_not_folded_yet_has_the_span_before_beside_it(site: Site) -> None:
    make_lead(attribution=under("a"), received_at=NOW - timedelta(days=1, hours=2))
    fold()
    make_failed_lead(attribution=under("a"), received_at=NOW)

    [line] = overview(*TWO_DAYS).tables["campaign"].lines

    assert (line.now, line.before) == (Counts(failed=1), Counts(under_way=1))


def test_until_all_sites_stand_together_each_is_read(site: Site) -> None:
    for shop in (site, make_site(name="Second")):
        make_lead(site=shop, attribution=under("a"))
    fold()
    Breakdown.objects.of_every_site().update(under_way=7)
    assert campaigns()["a"].under_way == 7

    CounterRollup.objects.filter(grain="every").update(amount=0)

    assert campaigns()["a"].under_way == 2
    assert Reader.now([site.pk]).by(BY_CAMPAIGN, ALWAYS)["a"].under_way == 1


def test_leads_of_before_get_their_campaign_and_it_goes_on_where_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribute, "CHUNK", 2)
    for n in range(5):
        made = {"status": "delivered", "received_at": NOW, "settled_at": NOW}
        make_lead(data={"utm_source": f"s{n % 2}"}, **made)
    fold()
    whole = Reader.now().total(ALWAYS)
    assert campaigns() == {}

    assert attribute.fill(NOW) == 0, "processes of before may still take leads"
    later = NOW + attribute.REST
    looked_at = [attribute.fill(later) for _ in range(5)]
    fold()

    assert looked_at == [2, 2, 1, 0, 0]
    assert {name: c.delivered for name, c in campaigns().items()} == {
        "s0 / - / -": 3,
        "s1 / - / -": 2,
    }
    after = Reader.now().total(ALWAYS)
    assert (after - whole) == Counts(prompt=5)
    assert attribute.known_since() is None


def test_until_then_it_is_said_from_when_on_campaigns_are_known(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribute, "CHUNK", 1)
    for day in (3, 2, 1):
        make_lead(received_at=NOW - timedelta(days=day))
    attribute.fill(NOW)
    attribute.fill(NOW + attribute.REST)

    assert attribute.known_since() == NOW - timedelta(days=1)


def test_an_erased_lead_has_no_attribution_and_stays_counted(site: Site) -> None:
    sent = make_lead(attribution=under("a"), status="sending")
    make_failed_lead(attribution=under("a"))

    erase(Lead.objects.all())
    sent.refresh_from_db()
    apply([Move(sent, delivered(NOW, "61"))])

    assert {*Lead.objects.values_list("attribution", flat=True)} == {""}
    assert campaigns()["a"] == Counts(discarded=1)
    assert Reader.now().total(ALWAYS) == Counts(discarded=1, delivered=1)


def test_hours_and_days_have_their_term(site: Site) -> None:
    for days in (10, 300, 500):
        make_lead(received_at=NOW - timedelta(days=days), attribution=under("a"))
    fold()

    Breakdown.objects.over(NOW).delete()

    kept = Counter(Breakdown.objects.filter(dimension="site").values_list("grain", flat=True))
    assert kept == {"hour": 1, "day": 2, "all": 1}


def test_a_snapshot_is_read_from_and_leaves_nothing_open(
    transactional_db: None,
) -> None:
    site = make_site()
    with database.snapshot():
        assert Site.objects.filter(pk=site.pk).exists()
    site.delete()
