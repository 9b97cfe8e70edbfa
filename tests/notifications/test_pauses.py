"""A pause is told once it has lasted, its end to whom it was told, flapping by the steps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from leads.clock import Deadline, database_now
from leads.models import Destination, Site
from leads.reasons import Reason
from leads.signals import destination_paused, destination_resumed
from notifications.deliver import Round
from notifications.models import Channel, Notice
from notifications.throttle import SETTLES
from tests.daily import rest
from tests.notifications.factories import a_site
from tests.notifications.mailserver import Inbox

pytestmark = pytest.mark.django_db

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
STAFF, BOSS = "staff@example.com", "boss@example.com"


class Afternoon:
    """Hours in which one destination stops and goes on, and rounds of the sender are run."""

    def __init__(self, site: Site) -> None:
        self.now, self.site, self.destination = database_now(), site, site.destination

    def __call__(self) -> datetime:
        return self.now

    def stop(self, reason: Reason = Reason.TOKEN_REVOKED) -> None:
        Destination.objects.pause(self.destination.pk, reason, self.now, None)
        about = {"destination": self.destination, "site": None, "reason": reason}
        destination_paused.send(Destination, now=self.now, **about)

    def go_on(self) -> None:
        Destination.objects.resume(self.destination.pk)
        about = {"destination": self.destination, "site": None}
        destination_resumed.send(Destination, now=self.now, **about)

    def passes(self, length: timedelta, every: timedelta = 10 * SECOND) -> None:
        end = self.now + length
        while self.now < end:
            self.now += min(every, end - self.now)
            Round(now=self).run(Deadline(55))


@pytest.fixture
def afternoon() -> Afternoon:
    return Afternoon(a_site(STAFF))


def told(inbox: Inbox) -> list[str]:
    """What the mails say happened, in their order."""
    return ["paused" if "paused" in subject else "goes on" for subject in inbox.subjects]


@pytest.mark.parametrize("lasted", [0, *map(rest, (1, 10)), 29])
def test_a_pause_that_is_over_within_seconds_tells_nobody(
    inbox: Inbox, afternoon: Afternoon, lasted: int
) -> None:
    afternoon.stop()
    afternoon.passes(lasted * SECOND)
    afternoon.go_on()
    afternoon.passes(2 * MINUTE)

    assert inbox.mails == []


def test_a_pause_that_lasts_is_told_and_so_is_its_end(inbox: Inbox, afternoon: Afternoon) -> None:
    afternoon.stop()
    afternoon.passes(SETTLES)
    afternoon.go_on()
    afternoon.passes(MINUTE)

    assert told(inbox) == ["paused", "goes on"]


def test_its_end_is_told_to_nobody_who_was_not_told_of_it(
    inbox: Inbox, afternoon: Afternoon
) -> None:
    afternoon.stop()
    afternoon.passes(MINUTE)
    Site.objects.update(recipients=f"{STAFF}\n{BOSS}")
    afternoon.go_on()
    afternoon.passes(MINUTE)

    assert inbox.recipients == [STAFF, STAFF]


def test_the_second_pause_of_ten_quick_ones_costs_no_more_mails_than_the_first(
    inbox: Inbox, afternoon: Afternoon
) -> None:
    for _pause in range(10):
        afternoon.stop()
        afternoon.passes(5 * SECOND)
        afternoon.go_on()
        afternoon.passes(5 * SECOND)
    afternoon.passes(MINUTE)

    assert inbox.mails == []


def test_flapping_goes_by_the_steps_of_a_storm(inbox: Inbox, afternoon: Afternoon) -> None:
    for _pause in range(20):
        afternoon.stop()
        afternoon.passes(MINUTE)
        afternoon.go_on()
        afternoon.passes(MINUTE)

    assert told(inbox)[:2] == ["paused", "goes on"]
    assert len(inbox.mails) <= 5


def test_what_is_told_last_after_flapping_is_so(inbox: Inbox, afternoon: Afternoon) -> None:
    for _pause in range(6):
        afternoon.stop()
        afternoon.passes(MINUTE)
        afternoon.go_on()
        afternoon.passes(MINUTE)
    afternoon.passes(timedelta(hours=1), MINUTE)
    assert told(inbox)[-1] == "goes on"

    afternoon.stop()
    afternoon.passes(timedelta(hours=1), MINUTE)

    assert told(inbox)[-1] == "paused"


def test_who_still_believes_in_the_pause_is_not_told_of_the_same_one_again(
    inbox: Inbox, afternoon: Afternoon
) -> None:
    afternoon.stop()
    afternoon.passes(MINUTE)
    afternoon.go_on()
    afternoon.stop()
    afternoon.passes(MINUTE)

    assert told(inbox) == ["paused"]


def test_another_cause_is_told_to_who_believes_in_the_first(
    inbox: Inbox, afternoon: Afternoon
) -> None:
    afternoon.stop()
    afternoon.passes(MINUTE)
    afternoon.go_on()
    afternoon.stop(Reason.SCOPE_MISSING)
    afternoon.passes(MINUTE)

    assert told(inbox) == ["paused", "paused"]


def test_each_cause_is_told_once_however_often_they_take_turns(
    inbox: Inbox, afternoon: Afternoon
) -> None:
    for _turn in range(3):
        for reason in (Reason.TOKEN_REVOKED, Reason.SCOPE_MISSING):
            afternoon.stop(reason)
            afternoon.passes(10 * MINUTE)

    assert told(inbox) == ["paused", "paused"]
    afternoon.go_on()
    afternoon.passes(10 * MINUTE)
    assert told(inbox) == ["paused", "paused", "goes on"]
    afternoon.stop(Reason.SCOPE_MISSING)
    afternoon.passes(timedelta(hours=1), MINUTE)
    assert told(inbox)[3:] == ["paused"]


@pytest.mark.parametrize("pauses", [1, 2])
def test_causes_that_take_turns_within_seconds_are_told_once_each(
    afternoon: Afternoon, pauses: int
) -> None:
    for _turn in range(pauses):
        afternoon.stop(Reason.TOKEN_REVOKED)
        afternoon.stop(Reason.SCOPE_MISSING)

    assert pending() == ["paused", "paused"]


@pytest.mark.parametrize("lasted", [*map(rest, (0, 10)), 29])
def test_an_end_that_is_over_within_seconds_is_told_to_nobody(
    inbox: Inbox, afternoon: Afternoon, lasted: int
) -> None:
    """A probe got through, and the next batch did not: every ten minutes two mails."""
    afternoon.stop()
    for _probe in range(3):
        afternoon.passes(10 * MINUTE)
        afternoon.go_on()
        afternoon.passes(lasted * SECOND)
        afternoon.stop()
    afternoon.passes(10 * MINUTE)

    assert told(inbox) == ["paused"]


def test_a_mail_that_is_under_way_counts_as_told(afternoon: Afternoon) -> None:
    afternoon.stop()
    Notice.objects.due(afternoon.now + SETTLES).claim(afternoon.now + SETTLES, MINUTE)

    afternoon.go_on()

    assert pending() == ["paused", "resumed"]


def test_a_mail_that_never_left_is_no_news_to_take_back(afternoon: Afternoon) -> None:
    afternoon.stop()
    Notice.objects.update(status=Notice.Status.FAILED)

    afternoon.go_on()

    assert pending() == []


def test_the_pause_of_another_site_is_another_matter(afternoon: Afternoon) -> None:
    afternoon.stop()
    Notice.objects.update(status=Notice.Status.SENT, sent_at=afternoon.now)
    about = {"destination": afternoon.destination, "site": afternoon.site}

    destination_resumed.send(Site, now=afternoon.now, **about)

    assert pending() == []


@pytest.mark.parametrize(
    ("events", "hears"),
    [(["paused", "resumed"], []), (["resumed"], ["resumed"]), (["paused"], [])],
)
def test_a_channel_that_wants_ends_alone_hears_of_each(
    afternoon: Afternoon, events: list[str], hears: list[str]
) -> None:
    Site.objects.update(recipients="")
    channel = Channel(name="ops", site=None, destination=afternoon.destination, events=events)
    channel.set_address("https://hooks.example.com/x")
    channel.save()
    afternoon.stop()

    afternoon.go_on()

    assert pending() == hears


def pending() -> list[str]:
    return sorted(Notice.objects.filter(status="pending").values_list("kind", flat=True))
