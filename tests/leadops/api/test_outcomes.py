"""Outcome webhooks by API: how they do, switching them, delivering again."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from leads.clock import database_now
from leads.models import Site
from notifications.models import Endpoint, Message
from tests.factories import make_failed_lead
from tests.leadops.api.conftest import Program
from tests.notifications.receiver import an_endpoint


@pytest.fixture
def endpoint(site: Site) -> Endpoint:
    return an_endpoint("https://hooks.example.com/secret-part", site=site)


def given_up(endpoint: Endpoint, **values: Any) -> Message:
    now = database_now()
    about = {"event": "lead.failed", "lead_status": "failed", "status": "failed", "answer": 500}
    times = {"created_at": now, "due_at": now, "until": now}
    lead = make_failed_lead(site=endpoint.site)
    return Message.objects.create(endpoint=endpoint, lead=lead, **about | times | values)


def ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer.json()["results"]]


def test_a_webhook_is_shown_without_its_address(chief: Program, endpoint: Endpoint) -> None:
    answer = chief.get(f"outcome-webhooks/{endpoint.pk}/")

    shown = answer.json()
    assert (shown["name"], shown["host"], shown["state"]) == (
        "Sales program",
        "hooks.example.com",
        "on",
    )
    assert b"secret-part" not in answer.content
    assert b"whsec" not in answer.content


def test_one_is_paused_and_resumed_and_that_is_audited(chief: Program, endpoint: Endpoint) -> None:
    states = [
        chief.post(f"outcome-webhooks/{endpoint.pk}/{act}/").json()["state"]
        for act in ("pause", "pause", "resume")
    ]

    assert states == ["paused", "paused", "on"]
    said = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert [text.partition(" (via")[0] for text in said] == ["Paused.", "Switched on."]


def test_a_test_is_owed_once_however_often_it_is_asked_for(
    chief: Program, endpoint: Endpoint
) -> None:
    path = f"outcome-webhooks/{endpoint.pk}/test/"

    first, again = (chief.post(path, key="one") for _time in range(2))

    assert first.json() == again.json()
    assert Message.objects.get().event == "test"


def test_the_log_is_found_by_webhook_lead_status_and_event(
    chief: Program, endpoint: Endpoint, site: Site
) -> None:
    message = given_up(endpoint)
    given_up(an_endpoint("https://hooks.example.com/y", site=site), status="pending", event="test")

    assert len(ids(chief.get("outcome-messages/"))) == 2
    for query in (
        {"webhook": endpoint.pk},
        {"lead": message.lead_id},
        {"status": "failed"},
        {"event": "lead.failed"},
    ):
        assert ids(chief.get("outcome-messages/", **query)) == [message.pk]
    assert chief.get("outcome-messages/", status="odd").status_code == 422


def test_one_message_or_all_that_failed_are_delivered_again(
    chief: Program, endpoint: Endpoint
) -> None:
    one, *others = [given_up(endpoint) for _number in range(3)]

    answer = chief.post(f"outcome-messages/{one.pk}/redeliver/").json()
    count = chief.post(f"outcome-webhooks/{endpoint.pk}/redeliver/").json()["count"]

    assert (answer["status"], count) == ("pending", len(others))
    assert answer["due_at"]
    assert not Message.objects.exclude(status="pending").exists()
