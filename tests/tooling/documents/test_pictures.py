"""The figures of the documentation's pictures: made by the code that counts leads in life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from time_machine import TimeMachineFixture

from docs.pictures import fill, traffic
from docs.pictures.people import person
from leads.clock import Deadline
from leads.counters.compaction import keep_up
from leads.counters.deltas import Tally
from leads.counters.overview import Overview, overview
from leads.counters.spans import Span
from leads.models import Site
from tests.factories import make_site
from tests.leads.recount import assert_the_counters_are_a_recount

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site(name="Arctic Spas")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def shown() -> Overview:
    """What the dashboard has of all time."""
    keep_up(Deadline(30))
    return overview(Span(None, timezone.now()), None)


@pytest.mark.parametrize(("seconds", "prompt"), [(60, 1), (61, 0)])
def test_a_delivered_lead_is_counted_by_when_it_arrived(
    site: Site, now: datetime, seconds: int, prompt: int
) -> None:
    at = now - timedelta(seconds=seconds)
    traffic.a_lead(site, person(1), status="delivered", received_at=at, settled_at=now)

    assert (shown().known.prompt, shown().known.delivered) == (prompt, 1)
    assert_the_counters_are_a_recount()


def test_stored_leads_are_counted_as_a_recount_has_them(site: Site, now: datetime) -> None:
    traffic.a_lead(site, person(1), status="failed", reason="too_long")
    traffic.a_lead(site, person(2))
    for n in range(20):
        traffic.a_lead(site, person(10 + n), status="delivered", settled_at=now)

    seen = shown()
    assert seen.known == seen.now
    assert seen.now.received == 22
    assert seen.unaccounted == 0
    assert_the_counters_are_a_recount()


def test_an_hour_of_the_past_has_each_lead_in_each_figure(site: Site, now: datetime) -> None:
    tally = Tally()
    traffic.hour_of(tally, site, now - timedelta(hours=2), number=400, refused=3, held=True)
    traffic.keep(tally)

    seen = shown()
    assert (seen.now.received, seen.now.delivered, seen.now.inserted) == (401, 400, 400)
    assert (seen.now.refused, seen.now.held + seen.now.spam) == (3, 1)
    assert 350 < seen.known.prompt < 398
    assert sum(line.now.received for line in seen.tables["campaign"].lines) == 401
    assert seen.unaccounted == 0


def test_a_filled_installation_says_what_share_arrived_within_a_minute(
    monkeypatch: pytest.MonkeyPatch, time_machine: TimeMachineFixture
) -> None:
    # Of the last three hours: in an evening they have few leads beside those that failed.
    time_machine.move_to(datetime(2026, 11, 30, 14, 20, tzinfo=UTC))
    monkeypatch.setattr(fill, "HOURS", 3)
    fill.fill(fill.empty())

    seen = shown()
    assert seen.known.prompt_share is not None
    assert 80 < seen.known.prompt_share < 100
    assert seen.unaccounted == 0
