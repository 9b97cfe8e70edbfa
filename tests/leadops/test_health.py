"""What probes and monitors ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.utils import timezone

from leads.models import Destination, Heartbeat, Lead, Site
from leads.reasons import Reason
from tests.factories import make_heartbeat, make_lead, make_log, make_site, make_user

TOKEN = "metrics-токен"


@pytest.fixture
def site(db: None) -> Site:
    return make_site()


def due(site: Site, **ago: float) -> Lead:
    return make_lead(site=site, due_at=timezone.now() - timedelta(**ago))


def status_of(client: Client, name: str) -> int:
    return client.get(f"/healthz/{name}").status_code


# --- Live and ready --------------------------------------------------------------------------


def test_alive_needs_no_database(client: Client) -> None:
    assert client.get("/healthz/live").json() == {"status": "ok"}


def test_ready_with_a_database_of_this_version(client: Client, db: None) -> None:
    assert client.get("/healthz/ready").json() == {"status": "ok"}


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_not_ready_while_the_database_is_away(client: Client, db: None, error: Exception) -> None:
    with patch("leads.store.schema.MigrationExecutor", side_effect=error):
        assert status_of(client, "ready") == 503


def test_not_ready_while_migrations_are_pending(client: Client, db: None) -> None:
    with patch("leads.store.schema.MigrationExecutor.migration_plan", return_value=["one"]):
        answer = client.get("/healthz/ready")

    assert (answer.status_code, answer.json()) == (503, {"status": "migrations pending"})


@pytest.mark.parametrize("name", ["live", "ready", "delivery"])
def test_probes_need_no_login_and_carry_no_session(client: Client, db: None, name: str) -> None:
    answer = client.get(f"/healthz/{name}")

    assert answer.status_code == 200
    assert not answer.cookies


# --- Does it deliver? ------------------------------------------------------------------------


@pytest.fixture
def worker(db: None) -> Heartbeat:
    return make_heartbeat()


def test_without_a_due_lead_delivery_is_fine_without_a_worker_too(
    client: Client, site: Site
) -> None:
    due(site, minutes=-5)
    make_lead(site=site, status="failed")

    assert client.get("/healthz/delivery").json() == {
        "status": "ok",
        "oldest_due_seconds": None,
        "oldest_waiting_seconds": pytest.approx(0, abs=5),
        "worker_beat_seconds": None,
    }


def test_the_age_of_the_oldest_due_lead_is_shown(
    client: Client, site: Site, worker: Heartbeat
) -> None:
    due(site, seconds=30)
    due(site, seconds=60)

    answer = client.get("/healthz/delivery")

    assert answer.status_code == 200
    assert answer.json()["oldest_due_seconds"] == pytest.approx(60, abs=5)
    assert answer.json()["worker_beat_seconds"] == pytest.approx(0, abs=5)


def test_leads_behind_a_pause_are_seen_and_told_beyond_a_limit(
    client: Client, site: Site, worker: Heartbeat, settings: Any
) -> None:
    """400 leads behind an outage were “ok”, without an age."""
    make_lead(site=site, queued_at=timezone.now() - timedelta(hours=2))
    Destination.objects.update(paused_at=timezone.now(), pause_reason=Reason.PAUSED_BY_HAND)

    answer = client.get("/healthz/delivery")
    settings.WAITING_LIMIT = 3600
    late = client.get("/healthz/delivery")

    assert answer.json()["oldest_due_seconds"] is None
    assert answer.json()["oldest_waiting_seconds"] == pytest.approx(7200, abs=5)
    assert (answer.status_code, late.status_code) == (200, 503)
    assert late.json()["status"] == "waiting"


@pytest.mark.parametrize("allowed", [["leads.example.com"], [".example.com"], ["*"]])
@pytest.mark.parametrize("name", ["live", "ready", "delivery"])
def test_probes_answer_by_whatever_name_they_are_asked(
    client: Client, db: None, settings: Any, allowed: list[str], name: str
) -> None:
    settings.ALLOWED_HOSTS = allowed

    assert client.get(f"/healthz/{name}", headers={"host": "10.0.0.7:8000"}).status_code == 200
    if allowed != ["*"]:
        assert client.get("/help/13002/", headers={"host": "10.0.0.7"}).status_code == 400


@pytest.mark.parametrize("band", Lead.Band.values)
def test_delivery_that_stands_is_late(
    client: Client, site: Site, worker: Heartbeat, band: int
) -> None:
    lead = due(site, minutes=4)
    Lead.objects.filter(pk=lead.pk).update(band=band)

    assert client.get("/healthz/delivery").json()["status"] == "late"
    assert status_of(client, "delivery") == 503


def test_a_due_lead_that_no_worker_ever_takes_is_told_at_once(client: Client, site: Site) -> None:
    due(site, seconds=1)

    assert client.get("/healthz/delivery").json()["status"] == "no worker"
    assert status_of(client, "delivery") == 503


def test_a_worker_that_fell_silent_is_none(client: Client, site: Site) -> None:
    make_heartbeat(beat_at=timezone.now() - timedelta(minutes=2))
    due(site, seconds=1)

    assert client.get("/healthz/delivery").json()["status"] == "no worker"


def test_one_worker_of_two_that_beats_is_enough(client: Client, site: Site) -> None:
    make_heartbeat(host="a", beat_at=timezone.now() - timedelta(minutes=2))
    make_heartbeat(host="b")
    due(site, seconds=1)

    assert status_of(client, "delivery") == 200


def test_a_paused_destination_is_not_late(client: Client, site: Site) -> None:
    due(site, hours=1)
    now = timezone.now()
    Destination.objects.pause(site.destination_id, Reason.PAUSED_BY_HAND, now, None)

    assert status_of(client, "delivery") == 200


def test_the_leads_of_a_paused_site_are_not_late(client: Client, site: Site) -> None:
    due(site, hours=1)
    now = timezone.now()
    Site.objects.pause(site.pk, Reason.WRONG_MODULE, now, now + timedelta(minutes=10))

    assert status_of(client, "delivery") == 200


# --- Metrics ---------------------------------------------------------------------------------


def metrics(client: Client, shown: str = "") -> Any:
    return client.get("/metrics", headers={"Authorization": shown} if shown else {})


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", "Bearer тoken", "Basic x"])
def test_metrics_are_not_for_everybody(client: Client, db: None, settings: Any, shown: str) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert metrics(client, shown).status_code == 403


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer "])
def test_without_a_token_set_an_empty_one_opens_nothing(
    client: Client, db: None, settings: Any, shown: str
) -> None:
    settings.METRICS_TOKEN = ""

    assert metrics(client, shown).status_code == 403


def test_metrics_agree_with_the_rows(client: Client, site: Site, settings: Any) -> None:
    settings.METRICS_TOKEN = "secret"
    make_log(make_lead(site=site, status="delivered"), zoho_id="61000")
    make_log(make_lead(site=site, status="failed"))
    due(site, seconds=20)

    text = metrics(client, "Bearer secret").content.decode()

    assert 'leadops_leads{status="delivered"} 1.0' in text
    assert 'leadops_leads{status="failed"} 1.0' in text
    assert 'leadops_leads{status="queued"} 1.0' in text
    assert 'leadops_attempts{code="13003"} 1.0' in text
    assert 'leadops_attempts{code="13002"} 1.0' in text
    assert f'leadops_destination_paused{{destination="{site.destination_id}"}} 0.0' in text
    assert "leadops_oldest_due_seconds 2" in text
    assert "leadops_worker_beat_seconds" in text


def test_metrics_tell_of_the_workers_that_are_heard(
    client: Client, site: Site, settings: Any
) -> None:
    settings.METRICS_TOKEN = "secret"
    make_heartbeat(host="a", alive=3, beat_at=timezone.now() - timedelta(seconds=20))
    make_heartbeat(host="b", alive=2, beat_at=timezone.now() - timedelta(minutes=2))

    text = metrics(client, "Bearer secret").content.decode()

    assert "leadops_worker_beat_seconds 2" in text
    assert "leadops_workers 3.0" in text


def test_staff_with_the_right_to_see_figures_see_metrics(client: Client, db: None) -> None:
    client.force_login(make_user(permissions=("leads.view_figure",)))
    assert metrics(client).status_code == 200

    client.force_login(make_user())
    assert metrics(client).status_code == 403
