"""What the dashboard cries out, and what it does not."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leads.counters.deltas import quarter_of
from leads.models import ApiLog, Destination, Heartbeat, Lead, Site
from leads.reasons import Reason
from tests.factories import (
    make_destination,
    make_failed_lead,
    make_heartbeat,
    make_lead,
    make_log,
)

MINUTE = timedelta(minutes=1)


def alarms(client: Client) -> list[str]:
    """The lines of the banner, without markup."""
    part = client.get("/admin/stats.json").json()["fragments"]["alarms"]
    lines = re.findall(r"<li[^>]*>(.*?)</li>", part)
    return [html.unescape(re.sub(r"<[^>]*>", "", line)) for line in lines]


@pytest.fixture
def worker(db: None) -> Heartbeat:
    """A worker with all that it should run."""
    return make_heartbeat()


def test_while_all_is_well_there_is_no_banner(viewer: Client, worker: Heartbeat) -> None:
    make_lead(due_at=timezone.now() - MINUTE)
    make_failed_lead()

    assert alarms(viewer) == []


def test_an_empty_installation_is_not_alarming(viewer: Client) -> None:
    assert alarms(viewer) == []


def test_leads_that_nobody_sends(viewer: Client) -> None:
    make_lead(due_at=timezone.now() - MINUTE)

    assert alarms(viewer) == ["No worker is running, and leads wait to be sent."]


def test_late_delivery(viewer: Client, worker: Heartbeat) -> None:
    make_lead(due_at=timezone.now() - 5 * MINUTE)

    assert alarms(viewer) == ["Delivery is late: a lead has been due for 5 min. See the queue"]


def test_a_pause_explains_what_is_late(boss: Client, worker: Heartbeat) -> None:
    make_lead(due_at=timezone.now() - 5 * MINUTE)
    now = timezone.now()
    Destination.objects.pause(make_destination().pk, Reason.TOKEN_REVOKED, now, None)

    assert alarms(boss) == [
        "Sending to Zoho CRM is paused: Zoho no longer accepts our credentials. Look and resume"
    ]


def test_a_paused_site(boss: Client, worker: Heartbeat, site: Site) -> None:
    now = timezone.now()
    Site.objects.pause(site.pk, Reason.WRONG_MODULE, now, now)

    assert alarms(boss) == [
        "Leads of Arctic Spas wait: The Zoho module does not exist. See the site"
    ]


def test_a_worker_that_fell_silent_and_one_with_too_few(viewer: Client, worker: Heartbeat) -> None:
    make_heartbeat(host="gone", beat_at=timezone.now() - 4 * MINUTE)
    make_heartbeat(host="half", alive=1, workers=4)
    make_heartbeat(host="drains", alive=0, workers=4, drain_asked_at=timezone.now())

    assert alarms(viewer) == [
        "The worker on gone has not been heard for 4 min.",
        "1 of 4 workers run on half.",
    ]


def test_one_reason_that_explodes_at_one_site_opens_its_rows(
    viewer: Client, worker: Heartbeat, site: Site
) -> None:
    since = quarter_of(timezone.now() - 10 * MINUTE)
    lead = make_failed_lead(reason="no_answer")
    for _ in range(50):
        make_log(lead, reason="no_answer")
    make_log(lead, reason="no_answer", created_at=since - MINUTE)
    make_log(lead, reason="too_long")

    line = alarms(viewer)[0]
    part = viewer.get("/admin/stats.json").json()["fragments"]["alarms"]
    rows = viewer.get(html.unescape(re.findall(r'href="([^"]+)"', part)[0]))

    assert line == f"Zoho did not answer ×50 since {since:%H:%M} at Arctic Spas. See them"
    assert rows.context["cl"].result_list[0].reason == "no_answer"
    asked = ApiLog.objects.filter(created_at__gte=since, reason="no_answer")
    assert asked.count() == 50


def test_fewer_than_fifty_are_no_alarm(viewer: Client, worker: Heartbeat) -> None:
    lead = make_failed_lead(reason="no_answer")
    for _ in range(49):
        make_log(lead, reason="no_answer")

    assert alarms(viewer) == []


@pytest.mark.parametrize("status", ["delivered", "entered", "discarded"])
def test_a_spike_ends_when_the_last_of_its_leads_is_settled(
    viewer: Client, worker: Heartbeat, site: Site, status: str
) -> None:
    first, last = make_lead(status="sending"), make_lead(due_at=timezone.now() + MINUTE)
    for _ in range(25):
        make_log(first, reason="no_answer")
        make_log(last, reason="no_answer")
    settle(first, status)
    assert "×50" in alarms(viewer)[0]

    settle(last, status)

    assert alarms(viewer) == []


def settle(lead: Lead, status: str) -> None:
    """Settled, whatever the way there was."""
    changes = {"status": status, "due_at": None, "claim": None, "zoho_id": "61"}
    Lead.objects.filter(pk=lead.pk).update(**changes, settled_at=timezone.now())
