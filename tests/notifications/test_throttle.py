"""A burst of failures is three mails; its end is one more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from leads.clock import Deadline, database_now
from leads.models import Lead, Site
from leads.reasons import Reason
from leads.signals import lead_failed
from notifications.deliver import Round
from notifications.models import Notice
from notifications.tasks import send_notices
from notifications.throttle import WAITS, held_until
from tests.notifications.factories import a_failed_lead, a_site, make_due, notices_of_failures
from tests.notifications.mailserver import Inbox, black_hole, listening

pytestmark = pytest.mark.django_db

STAFF = "staff@example.com"


class Hours:
    """A day that passes as fast as a test says."""

    def __init__(self) -> None:
        self.now = database_now()

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, length: timedelta, every: timedelta) -> Iterator[datetime]:
        """The moments of a length of time; at the end of each a round is run."""
        end = self.now + length
        while self.now < end:
            yield self.now
            Round(now=self).run(Deadline(55))
            self.now += every


def fail(site: Site, now: datetime, **values: Any) -> Lead:
    lead = a_failed_lead(site, failed_at=now, settled_at=now, **values)
    lead_failed.send(Lead, lead=lead, now=now)
    return lead


def named(inbox: Inbox) -> set[int]:
    """The leads that the mails link to."""
    texts = "".join(inbox.text(number) for number in range(len(inbox.mails)))
    return {int(pk) for pk in re.findall(r"/failedlead/(\d+)/change/", texts)}


def test_300_failures_in_five_minutes_are_three_mails_a_recipient_that_name_them_all(
    inbox: Inbox,
) -> None:
    site, hours, leads = a_site(STAFF, "boss@example.com"), Hours(), set()

    for now in hours.pass_by(timedelta(minutes=5), timedelta(seconds=10)):
        leads |= {fail(site, now).pk for _number in range(10)}
    for _later in hours.pass_by(timedelta(minutes=10), timedelta(minutes=1)):
        pass

    assert len(leads) == 300
    assert sorted(inbox.recipients) == ["boss@example.com"] * 3 + [STAFF] * 3
    assert named(inbox) == leads


def test_the_first_failures_of_a_burst_are_told_at_once_and_whole(inbox: Inbox) -> None:
    site, hours = a_site(STAFF), Hours()

    for number, now in enumerate(hours.pass_by(timedelta(minutes=1), timedelta(seconds=10))):
        fail(site, now, data={"contact_name": f"Person {number}"})

    assert len(inbox.mails) == 2
    assert "Name as sent: Person 0" in inbox.text(0)
    assert "Name as sent: Person 1" in inbox.text(1)


def test_a_failure_now_and_then_is_never_kept_waiting(inbox: Inbox) -> None:
    site, hours = a_site(STAFF), Hours()

    for now in hours.pass_by(timedelta(hours=6), timedelta(minutes=31)):
        fail(site, now)

    assert len(inbox.mails) == 12


def test_a_day_of_failures_is_a_mail_every_half_hour(inbox: Inbox) -> None:
    site, hours = a_site(STAFF), Hours()

    for now in hours.pass_by(timedelta(hours=8), timedelta(minutes=2)):
        fail(site, now)

    assert len(inbox.mails) <= 4 + 2 * 8


def test_people_do_not_share_a_burst(inbox: Inbox) -> None:
    hours = Hours()
    sites = [a_site(f"staff{number}@example.com") for number in range(5)]

    for now in hours.pass_by(timedelta(seconds=1), timedelta(seconds=1)):
        for site in sites:
            fail(site, now)

    assert len(inbox.mails) == 5


def test_what_a_person_asks_for_does_not_wait_for_the_burst(inbox: Inbox) -> None:
    site, hours = a_site(STAFF), Hours()
    for now in hours.pass_by(timedelta(minutes=1), timedelta(seconds=10)):
        fail(site, now)
    (waiting,) = Notice.objects.filter(status="pending").order_by("pk")[:1]
    sent = Notice.objects.filter(status="sent").order_by("pk")[:1].get()

    Notice.objects.filter(pk=sent.pk).send_again(hours.now)
    Round(now=hours).run(Deadline(55))

    waiting.refresh_from_db()
    assert (len(inbox.mails), waiting.status) == (3, "pending")


def test_very_many_failures_are_one_link_to_the_table_narrowed_to_them(inbox: Inbox) -> None:
    notices = notices_of_failures(60)

    send_notices()

    site = notices[0].site_id
    assert f"/admin/leads/failedlead/?reason=too_long&site={site}" in inbox.text()


def test_the_end_of_a_burst_is_told_once_with_what_is_left(inbox: Inbox) -> None:
    site, hours = a_site(STAFF, name="Spa"), Hours()
    for now in hours.pass_by(timedelta(seconds=1), timedelta(seconds=1)):
        leads = [fail(site, now) for _number in range(10)]
    settled = [lead.pk for lead in leads[:4]]
    Lead.objects.filter(pk__in=settled).update(status=Lead.Status.ENTERED)

    for _later in hours.pass_by(timedelta(hours=2), timedelta(minutes=5)):
        pass

    assert inbox.subjects[1:] == ["No new failures - Spa - Value too long for the Zoho field"]
    assert "6 leads are still failed" in inbox.text(1)
    assert "/admin/leads/failedlead/?reason=too_long" in inbox.text(1)


def test_a_burst_that_goes_on_has_no_end(inbox: Inbox) -> None:
    site, hours = a_site(STAFF), Hours()

    for now in hours.pass_by(timedelta(hours=2), timedelta(minutes=10)):
        for _number in range(5):
            fail(site, now)

    assert not any(subject.startswith("No new failures") for subject in inbox.subjects)


def test_another_reason_does_not_keep_a_burst_from_its_end(inbox: Inbox) -> None:
    site, hours = a_site(STAFF), Hours()
    for now in hours.pass_by(timedelta(seconds=1), timedelta(seconds=1)):
        for _number in range(10):
            fail(site, now)

    for now in hours.pass_by(timedelta(minutes=50), timedelta(minutes=5)):
        fail(site, now, reason=Reason.NOT_IN_LIST)

    ends = [subject for subject in inbox.subjects if subject.startswith("No new failures")]
    assert ends == [f"No new failures - {site.name} - Value too long for the Zoho field"]


def test_an_hour_without_a_mail_server_loses_nothing(smtp_port: int, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 1
    site, hours = a_site(STAFF), Hours()
    with black_hole() as port:
        settings.EMAIL_PORT = port
        leads = set()
        for minute, now in enumerate(hours.pass_by(timedelta(hours=1), timedelta(minutes=15))):
            leads |= {fail(site, now).pk for _number in range(minute + 1)}
    settings.EMAIL_PORT = smtp_port
    inbox = Inbox()

    with listening(inbox, smtp_port):
        for _later in hours.pass_by(timedelta(minutes=3), timedelta(minutes=1)):
            pass

    assert named(inbox) == leads
    rows = Notice.objects.filter(kind="lead_failed")
    assert set(rows.values_list("status", "tries")) == {("sent", 1)}


def test_a_sender_that_is_killed_while_it_sends_tells_at_least_once(inbox: Inbox) -> None:
    (notice,) = notices_of_failures(1)
    killed = Round()
    (job,) = killed.jobs([], Deadline(55))
    job.send()  # the mail left, and nobody wrote it down
    killed.smtp.close()  # as the system does for a process that is gone

    make_due(notice)
    send_notices()

    notice.refresh_from_db()
    assert (len(inbox.mails), notice.status) == (2, "sent")


@pytest.mark.parametrize(("told", "wait"), [(1, WAITS[1]), (2, WAITS[2]), (9, WAITS[-1])])
def test_the_table_goes_on_with_its_last_line(told: int, wait: timedelta) -> None:
    now = database_now()

    assert held_until([now] * told) == now + wait


def test_who_was_told_nothing_is_told_at_once() -> None:
    assert held_until([]) is None
