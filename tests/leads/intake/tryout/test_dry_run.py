"""`POST /api/v1/leads/dry-run/`: what would be sent, told to a server and stored nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from leads.delivery.gateway import get_gateway
from leads.intake.body.parse import Submission
from leads.intake.receive import Origin, receive
from leads.intake.tryout.dry_run import STAND_IN
from leads.models import DryRuns, Lead, Site, SiteKey
from tests.factories import make_key, make_lead, make_user
from tests.responses import flat

ADDRESS = "/api/v1/leads/dry-run/"
COUNTERS = {"leads_allowance", "leads_dryruns"}
ADA = {"contact_name": "Ada Lovelace", "email": "ada@example.org", "budget": "5000"}


@pytest.fixture
def ask(site: Site, client: Client) -> Any:
    key = make_key(site)

    def send(body: Any = ADA, secret: str = key, address: str = ADDRESS, **more: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {secret}"} | more
        return client.generic("POST", address, content, "application/json", headers=headers)

    return send


def rows() -> dict[str, int]:
    """How many rows each table has, but those that count."""
    tables = {model._meta.db_table: model for model in apps.get_models()}
    return {
        name: model._default_manager.count()
        for name, model in tables.items()
        if name not in COUNTERS and model._meta.managed
    }


@pytest.mark.parametrize(
    "body",
    [ADA, {}, {"message": "no name"}, b"{", b"", {"Your name": "Ada", "Mail": "a@b.de"}],
)
def test_it_stores_nothing_whatever_comes(ask: Any, body: Any) -> None:
    before = rows()

    ask(body)

    assert rows() == before


def test_it_answers_what_is_read_and_the_record_as_the_crm_would_get_it(ask: Any) -> None:
    answer = ask()

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {
        "status": "queued",
        "reason": None,
        "recognised": {
            "contact_name": {"value": "Ada Lovelace", "path": "contact_name", "why": "own_name"},
            "email": {"value": "ada@example.org", "path": "email", "why": "own_name"},
        },
        "fields": ADA,
        "flags": [],
        "repairs": [],
        "record": {
            "module": "Leads",
            "fields": {
                "First_Name": "Ada",
                "Last_Name": "Lovelace",
                "Email": "ada@example.org",
                "Description": "budget: 5000",
            },
        },
        "warnings": [
            {
                "code": "in_description",
                "field": "budget",
                "text": "No rule or field takes all of it: it goes to the description.",
            }
        ],
    }


def test_what_a_form_calls_otherwise_is_recognised_and_says_why(ask: Any) -> None:
    told = ask({"Your name": "Ada Lovelace", "E-mail address": "ada@example.org"}).json()

    assert told["recognised"]["contact_name"]["path"] == "Your name"
    assert told["record"]["fields"]["Last_Name"] == "Lovelace"


@pytest.mark.parametrize("body", [ADA, {"email": "ada@example.org"}, {"contact_name": "Ada " * 90}])
def test_a_lead_that_is_posted_then_gets_the_same_record_and_verdict(
    ask: Any, site: Site, body: dict[str, str]
) -> None:
    told = ask(body).json()
    lead = receive(Submission(b"", "application/json", body), site, Origin())

    assert told["status"] == lead.status
    assert (told["reason"] or {}).get("code", "") == lead.reason
    sent = get_gateway().preview(lead).record
    assert (
        json.loads(json.dumps(sent).replace(str(lead.reference), str(STAND_IN)))
        == (told["record"]["fields"])
    )


def test_what_the_crm_would_refuse_is_warned_of_by_its_field(ask: Any) -> None:
    told = ask({"message": "no name"}).json()

    assert told["reason"]["code"] == "missing_field"
    assert ("mandatory_missing", "Last_Name") in {
        (one["code"], one["field"]) for one in told["warnings"]
    }


def test_a_name_that_could_be_either_is_warned_of_with_its_paths(ask: Any) -> None:
    body = {"customer": {"name": "Eva Lang"}, "email": "e@example.org"}

    told = ask(body).json()

    assert told["reason"]["code"] == "unclear"
    assert [one for one in told["warnings"] if one["code"] == "unclear"]


def test_whether_somebody_wrote_before_is_not_told(ask: Any, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(duplicate_rule=Site.DuplicateRule.REFUSE)
    make_lead(site=site, data=ADA)

    assert ask().json()["status"] == "queued"


@pytest.mark.usefixtures("within_a_minute")
def test_it_counts_for_the_sites_quota(ask: Any, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=2)

    answers = [ask().status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert DryRuns.objects.get(site=site).number == 2


def test_a_form_token_is_refused_as_what_it_is(ask: Any, site: Site) -> None:
    answer = ask(secret=make_key(site, SiteKey.Kind.FORM))

    assert answer.status_code == 403
    assert "form token" in answer.json()["detail"]


def test_a_key_that_may_only_post_is_refused(ask: Any, site: Site) -> None:
    secret = make_key(site)
    SiteKey.objects.filter(digest=SiteKey.digest_of(secret)).update(reads=False)

    assert ask(secret=secret).status_code == 403


def test_nobodys_key_is_a_401_and_a_get_a_405(ask: Any, client: Client) -> None:
    assert ask(secret="unknown").status_code == 401
    assert client.get(ADDRESS).status_code == 405


def test_the_slash_at_the_end_may_be_left_out(ask: Any) -> None:
    assert ask(address=ADDRESS.rstrip("/")).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"a": NaN}'])
def test_what_cannot_be_read_is_refused_as_a_post_would_be(ask: Any, body: bytes) -> None:
    assert ask(body).status_code == 400
    assert DryRuns.objects.count() == 0


def test_the_sites_page_shows_how_often_and_when(ask: Any, site: Site, client: Client) -> None:
    ask()
    ask()
    client.force_login(make_user(permissions=("leads.view_site",)))

    page = flat(client.get(f"/admin/leads/site/{site.pk}/change/").content.decode())

    assert "asked 2 times what would be sent" in page


def test_it_keeps_nobody_from_posting_a_lead_with_the_same_idempotency_key(
    ask: Any, client: Client
) -> None:
    ask(**{"Idempotency-Key": "one"})
    answer = ask(address="/api/v1/leads/", **{"Idempotency-Key": "one"})

    assert answer.status_code == 202
    assert Lead.objects.count() == 1
