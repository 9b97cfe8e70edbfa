"""The figures of a day, once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from leads.clock import database_now
from leads.models import Lead, Site
from leads.reasons import Reason
from notifications.digest_counts import day_before
from notifications.models import Digest, Notice
from notifications.note import note_digests
from notifications.tasks import send_notices
from tests.factories import make_lead
from tests.notifications.factories import a_site
from tests.notifications.mailserver import Inbox

pytestmark = pytest.mark.django_db

BOSS = "boss@example.com"
MORNING = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)


def a_digest(**values: Any) -> Digest:
    return Digest.objects.create(**{"recipient": BOSS, "sent_on": MORNING.date() - DAY, **values})


DAY = timedelta(days=1)


def a_lead(site: Site, received_at: datetime, **values: Any) -> Lead:
    """A lead that is counted."""
    if values.get("status") == Lead.Status.FAILED:
        values.setdefault("failed_at", received_at)
        values.setdefault("reason", Reason.TOO_LONG)
    return make_lead(site=site, received_at=received_at, **values)


def test_a_digest_is_owed_in_its_hour(settings: Settings) -> None:
    a_digest(hour=8)

    assert note_digests(MORNING - timedelta(minutes=10)) == 0
    assert note_digests(MORNING) == 1
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.created_at) == ("digest", BOSS, MORNING)


def test_a_digest_is_owed_once_a_day() -> None:
    a_digest(hour=8)

    owed = [note_digests(MORNING + timedelta(hours=hour)) for hour in (0, 1, 10, 24)]

    assert owed == [1, 0, 0, 1]


def test_the_hour_is_that_of_the_installation(settings: Settings) -> None:
    settings.TIME_ZONE = "America/New_York"
    a_digest(hour=8)
    with timezone.override(ZoneInfo("America/New_York")):
        assert note_digests(MORNING) == 0
        assert note_digests(MORNING + timedelta(hours=5)) == 1


def test_a_digest_that_is_off_is_not_owed() -> None:
    a_digest(enabled=False)

    assert note_digests(MORNING) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_look_at_once_owe_it_once(at_once: Callable[..., list[Any]]) -> None:
    a_digest(hour=0)

    assert sorted(at_once(*[lambda: note_digests(MORNING)] * 4)) == [0, 0, 0, 1]
    assert Notice.objects.count() == 1


def test_a_new_digest_whose_hour_is_over_begins_tomorrow() -> None:
    digest = Digest.objects.create(recipient=BOSS, hour=0)

    assert digest.sent_on == timezone.localdate()


def test_an_address_gets_one_digest_of_all_sites() -> None:
    a_digest()

    with pytest.raises(IntegrityError), transaction.atomic():
        a_digest()


def test_the_day_says_what_its_leads_became() -> None:
    site = a_site()
    for hours, status in [(1, "delivered"), (2, "delivered"), (3, "failed"), (4, "entered")]:
        a_lead(site, MORNING - timedelta(hours=hours), status=status)
    a_lead(site, MORNING - timedelta(hours=30), status="delivered")
    a_lead(site, MORNING, status="delivered")

    day = day_before(MORNING, None)

    assert (day.received, day.leads["delivered"], day.leads["failed"]) == (4, 2, 1)
    assert (day.until - day.since, day.until) == (DAY, MORNING - timedelta(minutes=5))


def test_the_day_of_a_clock_change_has_23_hours(settings: Settings) -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        day = day_before(datetime(2026, 3, 29, 8, 0, tzinfo=UTC), None)

    assert day.until - day.since == timedelta(hours=23)


def test_what_is_failed_from_all_days_is_told_by_reason_with_the_oldest() -> None:
    site = a_site()
    for days in (5, 1):
        a_lead(site, MORNING - days * DAY, status="failed")
    a_lead(site, MORNING - 2 * DAY, status="failed", reason=Reason.NOT_IN_LIST)
    oldest = Lead.objects.earliest("failed_at")

    day = day_before(MORNING, None)

    assert [(share.reason, share.count) for share in day.reasons] == [
        ("too_long", 2),
        ("not_in_list", 1),
    ]
    assert (day.failed, day.oldest) == (3, oldest)


def test_a_digest_of_one_site_leaves_the_others_out() -> None:
    site = a_site()
    a_lead(site, MORNING - timedelta(hours=1), status="failed")
    a_lead(a_site(destination=site.destination), MORNING - timedelta(hours=1), status="failed")

    day = day_before(MORNING, site.pk)

    assert (day.received, day.failed, day.site_id) == (1, 1, site.pk)


def test_waiting_leads_are_counted() -> None:
    site, long_ago = a_site(), MORNING - timedelta(hours=1)
    a_lead(site, long_ago, status="queued", queued_at=long_ago)

    assert day_before(MORNING, None).waiting == 1


def test_the_digest_is_mailed(inbox: Inbox) -> None:
    now = database_now()
    site = a_site(name="Spa")
    failed = a_lead(site, now - timedelta(hours=2), status="failed")
    a_lead(site, now - timedelta(hours=3), status="delivered")
    Digest.objects.create(recipient=BOSS, hour=0, site=site, sent_on=now.date() - 2 * DAY)

    note_digests(now)
    send_notices()

    assert inbox.subjects == ["Daily digest - Spa"]
    text = inbox.text().replace("\r\n", "\n")
    assert "Leads received: 2\nDelivered to Zoho: 1\n" in text
    assert "Value too long for the Zoho field: 1" in text
    assert f"http://testserver/admin/leads/failedlead/?reason=too_long&site={site.pk}" in text
    assert f"Unresolved for longest: Lead {failed.pk}" in text


def test_what_is_held_is_told_by_site_the_most_first() -> None:
    one, other = a_site(name="One"), a_site(name="Other")
    a_site(name="Third")
    for site, days in ((one, 40), (other, 1), (other, 9)):
        a_lead(site, MORNING - days * DAY, status="failed", reason=Reason.QUARANTINED)
    a_lead(one, MORNING - DAY, status="failed")
    a_lead(one, MORNING - DAY, status="failed", reason=Reason.QUARANTINED, is_test=True)

    every, alone = day_before(MORNING, None).held, day_before(MORNING, one.pk).held

    assert [(held.site, held.count) for held in every] == [("Other", 2), ("One", 1)]
    assert [(held.site, held.site_id, held.count) for held in alone] == [("One", one.pk, 1)]


def test_the_mail_leads_to_what_is_held_at_each_site(inbox: Inbox) -> None:
    now = database_now()
    site = a_site(name="Spa & Pool")
    a_lead(site, now - timedelta(hours=2), status="failed", reason=Reason.QUARANTINED)
    a_digest(hour=0, sent_on=now.date() - 2 * DAY)

    note_digests(now)
    send_notices()

    text = inbox.text().replace("\r\n", "\n")
    address = f"http://testserver/admin/leads/failedlead/?reason=quarantined&site={site.pk}"
    assert "HELD AS SPAM OR FROM UNKNOWN PAGES" in text
    assert f"Spa & Pool: 1\n{address}\n" in text


def test_a_quiet_day_is_told_too(inbox: Inbox) -> None:
    a_digest(hour=0, sent_on=database_now().date() - 2 * DAY)

    note_digests(database_now())
    send_notices()

    assert inbox.subjects == ["Daily digest - all sites"]
    assert "Leads received: 0" in inbox.text()
    assert "UNKNOWN PAGES" not in inbox.text()
