"""The quiet-site alarm on a simulated clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from leads.delivery.quiet import listen, raise_alarm
from leads.models import Lead, Site
from leads.signals import site_quiet
from tests.factories import make_lead, make_site
from tests.leads.arrivals import MONDAY, Rate, arrivals, came_in, office, round_the_clock

WEEK = timedelta(weeks=1)
FRIDAY_EVENING = MONDAY + 4 * WEEK + timedelta(days=4, hours=18)
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def told() -> Iterator[list[datetime]]:
    """The moments at which silence was told."""
    moments: list[datetime] = []

    def note(site: Site, now: datetime, **_signal: object) -> None:
        moments.append(now)

    site_quiet.connect(note)
    yield moments
    site_quiet.disconnect(note)


@pytest.fixture
def office_site(site: Site) -> Site:
    """Twelve leads a working day for four weeks and one working week."""
    came_in(site, arrivals(office(12), MONDAY, FRIDAY_EVENING))
    return site


def live(site: Site, rate: Rate, begin: datetime, end: datetime, seed: int = 2) -> None:
    """Sweep every half hour while leads go on coming in."""
    coming, now = arrivals(rate, begin, end, seed), begin
    while now < end:
        came_in(site, [moment for moment in coming if now - timedelta(minutes=30) < moment <= now])
        listen(now)
        now += timedelta(minutes=30)


def wait(begin: datetime, length: timedelta) -> None:
    """Sweep every half hour while nothing comes in."""
    for turn in range(int(length / timedelta(minutes=30)) + 1):
        listen(begin + turn * timedelta(minutes=30))


def test_the_nights_and_weekends_of_an_office_are_no_silence(
    office_site: Site, told: list[datetime]
) -> None:
    live(office_site, office(12), FRIDAY_EVENING, FRIDAY_EVENING + WEEK)

    assert told == []


def test_a_dead_form_is_told_within_a_working_day(office_site: Site, told: list[datetime]) -> None:
    monday = FRIDAY_EVENING + timedelta(days=2, hours=15)

    wait(FRIDAY_EVENING, timedelta(days=4))

    assert monday < told[0] < monday + timedelta(hours=9)


def test_a_busy_site_that_dies_is_told_within_hours(site: Site, told: list[datetime]) -> None:
    end = MONDAY + 4 * WEEK + timedelta(hours=14)
    came_in(site, arrivals(round_the_clock(200), MONDAY, end))

    wait(end, timedelta(hours=12))

    assert timedelta(hours=1) <= told[0] - end < timedelta(hours=3)


def test_a_silence_is_told_once(office_site: Site, told: list[datetime]) -> None:
    wait(FRIDAY_EVENING, timedelta(days=12))

    assert len(told) == 1


def test_a_lead_ends_the_alarm_and_the_next_silence_is_told_again(
    office_site: Site, told: list[datetime]
) -> None:
    wait(FRIDAY_EVENING, timedelta(days=5))
    came_in(office_site, [FRIDAY_EVENING + timedelta(days=5, minutes=1)])
    wait(FRIDAY_EVENING + timedelta(days=5, minutes=5), timedelta())
    office_site.refresh_from_db()
    assert office_site.quiet_since is None

    wait(FRIDAY_EVENING + timedelta(days=5), timedelta(days=9))

    assert len(told) == 2


@pytest.mark.parametrize("values", [{"is_test": True}, {"source": "import"}])
def test_a_lead_that_the_site_did_not_post_does_not_end_the_alarm(
    office_site: Site, told: list[datetime], values: dict[str, Any]
) -> None:
    wait(FRIDAY_EVENING, timedelta(days=5))
    make_lead(site=office_site, **values)

    listen(FRIDAY_EVENING + timedelta(days=5))

    office_site.refresh_from_db()
    assert office_site.quiet_since is not None


def test_a_new_site_has_no_rhythm_yet(site: Site, told: list[datetime]) -> None:
    came_in(site, arrivals(office(12), MONDAY, MONDAY + timedelta(days=11)))

    wait(MONDAY + timedelta(days=11), timedelta(days=12))

    assert told == []


def test_a_site_with_a_lead_now_and_then_is_left_in_peace(site: Site, told: list[datetime]) -> None:
    came_in(site, [MONDAY + timedelta(days=2 * n, hours=n % 9) for n in range(14)])

    wait(MONDAY + 4 * WEEK, timedelta(days=12))

    assert told == []


@pytest.mark.parametrize("values", [{"enabled": False}, {"quiet_alarm": "off"}])
def test_nobody_listens_for_a_site_that_is(
    office_site: Site, told: list[datetime], values: dict[str, Any]
) -> None:
    Site.objects.filter(pk=office_site.pk).update(**values)

    wait(FRIDAY_EVENING, timedelta(days=12))

    assert told == []


def test_test_leads_are_no_rhythm(site: Site, told: list[datetime]) -> None:
    make_lead(site=site, is_test=True, received_at=MONDAY)

    wait(MONDAY, timedelta(days=12))

    assert told == []


def test_disabling_a_silent_site_ends_its_alarm(office_site: Site, told: list[datetime]) -> None:
    wait(FRIDAY_EVENING, timedelta(days=5))

    Site.objects.switch(office_site.pk, False, FRIDAY_EVENING + timedelta(days=5))

    office_site.refresh_from_db()
    assert office_site.quiet_since is None


def test_the_silence_of_an_enabled_site_counts_from_then(
    office_site: Site, told: list[datetime]
) -> None:
    later = FRIDAY_EVENING + timedelta(days=20)
    Site.objects.switch(office_site.pk, False, FRIDAY_EVENING)
    Site.objects.switch(office_site.pk, True, later)

    wait(later, timedelta(hours=14))  # Thursday evening to Friday morning

    assert told == []


def test_a_fixed_number_of_hours_needs_no_history(site: Site, told: list[datetime]) -> None:
    Site.objects.filter(pk=site.pk).update(quiet_alarm="fixed", quiet_hours=6)
    came_in(site, [MONDAY])

    wait(MONDAY, timedelta(hours=8))

    assert told == [MONDAY + timedelta(hours=6)]


def test_a_site_is_not_looked_at_before_its_silence_can_be_too_long(
    office_site: Site, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    listen(FRIDAY_EVENING)

    # Who may speak again, and whose time has come: two looks at the small table of sites.
    with django_assert_num_queries(2):
        listen(FRIDAY_EVENING + timedelta(minutes=1))


def test_two_sweeps_at_once_tell_once(office_site: Site, told: list[datetime]) -> None:
    late = FRIDAY_EVENING + timedelta(days=5)
    twice = [raise_alarm(Site.objects.get(pk=office_site.pk), late) for _ in range(2)]

    assert twice == [True, False]


def test_one_newsletter_does_not_make_every_week_one(site: Site, told: list[datetime]) -> None:
    quiet_days = arrivals(office(12), MONDAY, FRIDAY_EVENING)
    newsletter = MONDAY + timedelta(days=1, hours=10)
    came_in(site, [*quiet_days, *(newsletter + timedelta(seconds=n) for n in range(500))])

    live(site, office(12), FRIDAY_EVENING, FRIDAY_EVENING + WEEK)

    assert told == []


def test_each_site_has_a_rhythm_of_its_own(office_site: Site, told: list[datetime]) -> None:
    other = make_site(name="Never sleeps")
    came_in(other, arrivals(round_the_clock(100), MONDAY, FRIDAY_EVENING))

    wait(FRIDAY_EVENING, timedelta(hours=20))

    assert len(told) == 1
    assert Site.objects.quiet().get() == other
    assert Lead.objects.filter(site=office_site).exists()
