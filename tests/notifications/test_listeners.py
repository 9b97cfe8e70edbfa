"""What the core says becomes rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from leads.clock import database_now
from leads.models import Destination, Lead, Site
from leads.reasons import Reason
from leads.signals import (
    connected_elsewhere,
    destination_paused,
    lead_failed,
    leads_waiting,
    people_named,
    site_quiet,
    swept,
)
from notifications.listeners import wake_when_due
from notifications.models import Notice
from notifications.tasks import wake_notices
from tests.factories import make_user
from tests.notifications.factories import a_failed_lead, a_notice, a_site, notices_of_failures

pytestmark = pytest.mark.django_db


def fail(lead: Lead) -> None:
    lead_failed.send(Lead, lead=lead, now=lead.failed_at)


def noted(kind: str) -> list[str]:
    rows = Notice.objects.filter(kind=kind, status=Notice.Status.PENDING)
    return sorted(rows.values_list("recipient", flat=True))


def test_a_failed_lead_is_noted_once_for_each_recipient_of_its_site() -> None:
    lead = a_failed_lead(a_site("one@example.com", "two@example.com"))

    fail(lead)

    assert noted("lead_failed") == ["one@example.com", "two@example.com"]
    notice = Notice.objects.order_by("pk")[:1].get()
    assert (notice.lead, notice.site, notice.reason) == (lead, lead.site, Reason.TOO_LONG)


def test_an_address_listed_twice_is_told_once() -> None:
    fail(a_failed_lead(a_site("one@example.com", "One@Example.com")))

    assert len(noted("lead_failed")) == 1


def test_whom_a_comment_names_is_told_by_mail_and_by_no_channel_or_link() -> None:
    site = a_site("one@example.com")
    site.mail_links = True
    site.save()
    lead = a_failed_lead(site)
    people = [User(username=name, email=f"{name}@example.com") for name in ("anna", "ben")]

    people_named.send(Lead, lead=lead, people=people, by=User(username="cleo"), now=database_now())

    assert noted("mentioned") == ["anna@example.com", "ben@example.com"]
    notice = Notice.objects.order_by("pk")[:1].get()
    assert (notice.lead, notice.site, notice.text) == (lead, None, "cleo")


def test_a_test_lead_notifies_nobody() -> None:
    fail(a_failed_lead(a_site("one@example.com"), is_test=True))

    assert noted("lead_failed") == []


def test_what_looks_like_spam_notifies_nobody() -> None:
    fail(a_failed_lead(a_site("one@example.com"), reason="quarantined"))

    assert noted("lead_failed") == []


def test_a_site_without_recipients_notifies_nobody() -> None:
    fail(a_failed_lead(a_site()))

    assert noted("lead_failed") == []


def test_noting_a_failure_costs_a_look_at_the_channels_and_one_insert(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    lead = a_failed_lead(a_site("one@example.com", "two@example.com", "three@example.com"))

    with django_assert_num_queries(2):
        fail(lead)


def test_an_address_that_no_mail_server_takes_does_not_fail_the_transaction() -> None:
    fail(a_failed_lead(a_site(f"{'x' * 400}@example.com", "one@example.com")))

    assert noted("lead_failed") == ["one@example.com"]


@pytest.mark.django_db(transaction=True)
def test_a_notice_goes_with_the_failure_when_that_is_rolled_back() -> None:
    lead = a_failed_lead(a_site("one@example.com"))

    with transaction.atomic():
        fail(lead)
        transaction.set_rollback(True)

    assert noted("lead_failed") == []


def test_waiting_leads_are_noted_with_their_number() -> None:
    site = a_site("one@example.com")

    leads_waiting.send(Site, site=site, count=12, now=database_now())

    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.site, notice.count) == (
        "leads_waiting",
        "one@example.com",
        site,
        12,
    )


def test_a_paused_site_is_told_to_its_own_recipients_only() -> None:
    site = a_site("one@example.com")
    a_site("other@example.com", destination=site.destination)

    destination_paused.send(
        Site,
        destination=site.destination,
        site=site,
        reason=Reason.WRONG_OPTION,
        now=database_now(),
    )

    assert noted("paused") == ["one@example.com"]


def test_a_paused_destination_is_told_once_to_all_whom_it_concerns() -> None:
    site = a_site("one@example.com")
    a_site("one@example.com", "two@example.com", destination=site.destination)
    a_site("closed@example.com", destination=site.destination, enabled=False)
    a_site("elsewhere@example.com")
    users = get_user_model().objects
    users.create_superuser("admin", "admin@example.com")
    users.create_superuser("nameless", "")
    users.create_superuser("gone", "gone@example.com", is_active=False)
    users.create_user("clerk", "clerk@example.com", is_staff=True)

    destination_paused.send(
        Site,
        destination=site.destination,
        site=None,
        reason=Reason.TOKEN_REVOKED,
        now=database_now(),
    )

    assert noted("paused") == ["admin@example.com", "one@example.com", "two@example.com"]


def messages() -> list[str]:
    queued = OrmQ.objects.filter(key="notices")
    return [SignedPackage.loads(message.payload)["func"] for message in queued]


def sweep(callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    with callbacks(execute=True):
        swept.send(None, now=database_now())


def test_a_sweep_rings_the_notices_cluster_when_something_is_due(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    notices_of_failures(1)

    sweep(django_capture_on_commit_callbacks)

    assert messages() == ["notifications.tasks.send_notices"]


def test_a_sweep_does_not_ring_while_nothing_is_due(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    later = database_now() + timedelta(minutes=1)
    a_notice(a_failed_lead(a_site()), "one@example.com", due_at=later)

    sweep(django_capture_on_commit_callbacks)

    assert messages() == []


def test_a_look_costs_four_queries_while_nothing_is_due(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    now = database_now()

    with django_assert_num_queries(4):
        wake_when_due(now=now)


def test_many_rings_leave_one_message(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    for _number in range(5):
        with django_capture_on_commit_callbacks(execute=True):
            wake_notices()

    assert len(messages()) == 1


def test_a_ring_while_a_worker_is_at_it_leaves_a_message_for_afterwards(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        wake_notices()
    OrmQ.objects.update(lock=timezone.now() + timedelta(minutes=3))

    with django_capture_on_commit_callbacks(execute=True):
        wake_notices()

    assert len(messages()) == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_rings_when_the_transaction_is_rolled_back() -> None:
    with transaction.atomic():
        wake_notices()
        transaction.set_rollback(True)

    assert messages() == []


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_cannot_be_reached_is_logged_and_raises_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_q_ormq RENAME TO away")
    try:
        wake_notices()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO django_q_ormq")

    assert "could not wake for notices" in caplog.text


def test_a_silent_site_is_told_to_its_recipients() -> None:
    site, now = a_site("one@example.com"), database_now()

    site_quiet.send(Site, site=site, since=now - timedelta(hours=9), now=now)

    assert noted("quiet") == ["one@example.com"]


def test_a_site_that_speaks_again_needs_no_mail_about_its_silence() -> None:
    site, now = a_site("one@example.com"), database_now()
    site_quiet.send(Site, site=site, since=now, now=now)
    Site.objects.filter(pk=site.pk).update(quiet_since=now)
    assert not Notice.objects.pointless(now).exists()

    Site.objects.filter(pk=site.pk).update(quiet_since=None)

    assert Notice.objects.pointless(now).get().kind == "quiet"


def test_all_administrators_are_told_of_another_address() -> None:
    site = a_site("one@example.com")
    make_user("boss", role="Administrator", email="boss@example.com")
    make_user("sam", role="Support", email="sam@example.com")
    make_user("chief", is_superuser=True, email="Chief@example.com")

    connected_elsewhere.send(
        Destination, destination=site.destination, text="At https://x.example.", now=database_now()
    )

    told = ["Chief@example.com", "boss@example.com", "one@example.com"]
    assert sorted(noted("other_address")) == told
