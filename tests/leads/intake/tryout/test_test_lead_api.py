"""`POST /api/v1/leads/test/`: the whole way to the CRM, and in nobody's way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from leads.intake.test_lead import DATA
from leads.models import CounterDelta, Lead, Site
from tests.factories import make_key, make_lead

ADA = {"contact_name": "Ada Lovelace", "email": "ada@example.org"}


@pytest.fixture
def send(site: Site, client: Client) -> Any:
    key = make_key(site)

    def post(path: str = "test/", body: Any = ADA, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        shown = {"Authorization": f"Bearer {key}"} | headers
        address = f"/api/v1/leads/{path}"
        return client.generic("POST", address, content, "application/json", headers=shown)

    return post


def test_what_is_posted_is_a_test_lead_and_in_no_figure(send: Any) -> None:
    answer = send()

    lead = Lead.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"id": str(lead.reference), "status": "queued"}
    assert (lead.is_test, lead.data) == (True, ADA)
    assert not CounterDelta.objects.exists()


def test_an_empty_body_is_the_lead_of_the_button(send: Any) -> None:
    assert send(body=b"").status_code == 202
    assert Lead.objects.get().data == DATA


def test_it_is_in_no_real_leads_way(send: Any, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(
        duplicate_rule=Site.DuplicateRule.REFUSE, repeat_window=600
    )

    send()
    answer = send("")

    assert answer.json()["status"] == "queued"
    assert Lead.objects.filter(is_test=False).count() == 1


def test_the_same_idempotency_key_in_earnest_makes_a_lead(send: Any) -> None:
    test = send(**{"Idempotency-Key": "order-1"}).json()["id"]
    again = send(**{"Idempotency-Key": "order-1"}).json()["id"]
    lead = send("", **{"Idempotency-Key": "order-1"}).json()["id"]

    assert again == test != lead
    assert send(body={"contact_name": "Eva"}, **{"Idempotency-Key": "order-1"}).status_code == 422


def test_a_rule_holds_it_as_it_would_a_lead(send: Any) -> None:
    assert send(body={"message": "no name"}).json()["reason"]["code"] == "missing_field"


def test_who_has_written_before_may_be_a_test(send: Any, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(duplicate_rule=Site.DuplicateRule.REFUSE)
    make_lead(site=site, data=ADA)

    assert send().json()["status"] == "queued"


@pytest.mark.parametrize("key", ["x" * 256, "a\nb"])
def test_a_key_that_cannot_be_used_is_refused(send: Any, key: str) -> None:
    assert send(**{"Idempotency-Key": key}).status_code == 400


@pytest.mark.usefixtures("within_a_minute")
def test_it_has_a_receipt_and_counts_for_the_quota(send: Any, site: Site, client: Client) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)
    reference = send().json()["id"]
    headers = {"Authorization": f"Bearer {make_key(site)}"}

    assert client.get(f"/api/v1/leads/{reference}/", headers=headers).status_code == 200
    assert send("test").status_code == 429
