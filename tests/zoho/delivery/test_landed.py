"""Leads that may have landed, by what Zoho says of its fields and of their records.

None is doubled, and where Zoho answers at all none waits for a person who is not told.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.delivery.claim import claim
from leads.delivery.finish import finish
from leads.delivery.gateway import Outcome
from leads.models import Destination, Lead, Site
from tests.factories import make_lead, make_site
from tests.zoho.wire import Play, Wire, hang_up, metadata, reply, silence, stored
from zoho.gateway import ZohoGateway
from zoho.models import Connection, ModuleFields

INSERT = "POST /crm/v8/Leads"
FIELDS = "GET /crm/v8/settings/fields"
COQL = "POST /crm/v8/coql"


@pytest.fixture
def site(connection: Connection, settings: Any) -> Site:
    """Fields were read a minute ago; a question may take a second."""
    settings.SEND_TIMEOUT = 4
    made = make_site(destination=connection.destination)
    make_lead(site=made)
    deliver()
    ModuleFields.objects.update(read_at=timezone.now() - timedelta(seconds=90))
    return made


@pytest.fixture
def landed(site: Site) -> Lead:
    """A lead whose answer was lost."""
    return make_lead(
        site=site, data={"last_name": "Lovelace"}, maybe_landed=True, landed_revision=0
    )


def deliver() -> list[Outcome]:
    """A turn of the engine."""
    batch = claim(Destination.objects.get(), 100, 0.0)
    assert batch is not None
    outcomes = ZohoGateway().deliver(batch, Deadline(10))
    finish(batch, outcomes, 0.5)
    return outcomes


def refused(status: int, code: str, **details: Any) -> Play:
    return reply(status, {"code": code, "details": details, "status": "error"})


def rows(lead: Lead) -> Play:
    data = [{"Lead_Ref": str(lead.reference), "id": "77000"}]
    return reply(200, {"data": data, "info": {"count": 1, "more_records": False}})


REFUSALS = {
    "scope": refused(401, "OAUTH_SCOPE_MISMATCH"),
    "permission": refused(403, "NO_PERMISSION"),
    "privilege": refused(403, "AUTHORIZATION_FAILED"),
    "feature": refused(403, "FEATURE_NOT_SUPPORTED"),
    "unheard of": refused(403, "SOMETHING_NEW"),
    "bad request": refused(400, "AUTHORIZATION_FAILED"),
    "address": refused(404, "INVALID_URL_PATTERN"),
    "nothing to show": reply(204),
}
WEATHER = {
    "too many": reply(429, {"code": "TOO_MANY_REQUESTS", "details": {}}),
    "error": reply(500, {"code": "INTERNAL_ERROR", "details": {}}),
    "away": reply(503, b""),
    "page": reply(200, b"<html>"),
    "forbidden page": reply(403, b"<html>"),
    "no fields": reply(200, {"fields": []}),
    "hangs up": hang_up,
    "silent": silence(3),
}


def status_of(lead: Lead) -> str:
    return Lead.objects.get(pk=lead.pk).status


def nothing_is_paused() -> bool:
    destinations = Destination.objects.filter(paused_at=None, faults=0)
    return destinations.exists() and not Site.objects.exclude(paused_at=None).exists()


@pytest.mark.parametrize("name", REFUSALS)
def test_where_fields_are_refused_the_record_is_asked_for_and_found(
    wire: Wire, landed: Lead, name: str
) -> None:
    wire.on(FIELDS, REFUSALS[name])
    wire.on(COQL, rows(landed))
    inserts = len(wire.seen(INSERT))

    deliver()

    landed.refresh_from_db()
    assert (landed.status, landed.zoho_id) == ("delivered", "77000")
    assert len(wire.seen(INSERT)) == inserts
    assert nothing_is_paused()


@pytest.mark.parametrize("name", REFUSALS)
def test_where_it_is_not_found_the_lead_is_sent_again(wire: Wire, landed: Lead, name: str) -> None:
    wire.on(FIELDS, REFUSALS[name])
    wire.on(COQL, reply(204))
    wire.on(INSERT, stored("61001"))

    deliver()

    assert status_of(landed) == "delivered"
    assert wire.seen(INSERT)[-1].records[0]["Lead_Ref"] == str(landed.reference)
    assert nothing_is_paused()


@pytest.mark.parametrize("fields", REFUSALS)
@pytest.mark.parametrize("name", ["scope", "permission", "unheard of", "address"])
def test_where_that_is_refused_too_a_person_looks_and_others_go(
    wire: Wire, site: Site, landed: Lead, fields: str, name: str
) -> None:
    """The last reading was believed: where the field had been dropped since, two records."""
    fresh = make_lead(site=site, data={"last_name": "Byron"})
    wire.on(FIELDS, REFUSALS[fields])
    wire.on(COQL, REFUSALS[name])
    wire.on(INSERT, stored("61001"))

    deliver()

    landed.refresh_from_db()
    assert (landed.status, landed.reason) == ("failed", "outcome_unknown")
    assert status_of(fresh) == "delivered"
    assert nothing_is_paused()


@pytest.mark.parametrize("name", REFUSALS)
def test_where_the_question_shows_that_the_field_is_gone_a_person_looks(
    wire: Wire, landed: Lead, name: str
) -> None:
    wire.on(FIELDS, REFUSALS[name])
    wire.on(COQL, refused(400, "INVALID_QUERY", column="Lead_Ref"))
    inserts = len(wire.seen(INSERT))

    deliver()

    landed.refresh_from_db()
    assert (landed.status, landed.reason) == ("failed", "outcome_unknown")
    assert len(wire.seen(INSERT)) == inserts
    assert nothing_is_paused()


@pytest.mark.parametrize("name", WEATHER)
def test_while_fields_are_not_answered_only_that_lead_waits(
    wire: Wire, site: Site, landed: Lead, name: str
) -> None:
    fresh = make_lead(site=site, data={"last_name": "Byron"})
    wire.on(FIELDS, WEATHER[name])
    wire.on(INSERT, stored("61001"))

    deliver()

    assert (status_of(landed), status_of(fresh)) == ("queued", "delivered")
    assert [one["Last_Name"] for one in wire.seen(INSERT)[-1].records] == ["Byron"]
    assert wire.seen(COQL) == []
    assert nothing_is_paused()

    ModuleFields.objects.get().connection.rests.all().delete()
    Lead.objects.filter(pk=landed.pk).update(due_at=timezone.now())
    wire.on(FIELDS, metadata("Lead_Ref"))
    deliver()
    assert status_of(landed) == "delivered", "without a person"


@pytest.mark.parametrize("name", sorted(WEATHER.keys() - {"no fields"}))
def test_while_its_record_is_not_answered_only_that_lead_waits(
    wire: Wire, site: Site, landed: Lead, name: str
) -> None:
    fresh = make_lead(site=site, data={"last_name": "Byron"})
    wire.on(FIELDS, REFUSALS["permission"])
    wire.on(COQL, WEATHER[name])
    wire.on(INSERT, stored("61001"))

    deliver()

    assert (status_of(landed), status_of(fresh)) == ("queued", "delivered")
    assert [one["Last_Name"] for one in wire.seen(INSERT)[-1].records] == ["Byron"]
    assert nothing_is_paused()


def test_fresh_leads_ask_for_no_record(wire: Wire, site: Site) -> None:
    make_lead(site=site)
    ModuleFields.objects.update(read_at=timezone.now() - timedelta(hours=2))
    wire.on(FIELDS, REFUSALS["permission"])
    wire.on(INSERT, stored("61001"))

    deliver()

    assert wire.seen(COQL) == []


def test_a_correction_is_put_over_the_record_that_was_found(wire: Wire, landed: Lead) -> None:
    Lead.objects.filter(pk=landed.pk).update(revision=1)
    landed.revisions.create(number=1, data={"last_name": "Lovelace", "city": "London"})
    wire.on(FIELDS, REFUSALS["permission"])
    wire.on(COQL, rows(landed))
    wire.on("PUT /crm/v8/Leads/77000", stored("77000"))

    deliver()

    assert status_of(landed) == "delivered"
    [put] = wire.seen("PUT /crm/v8/Leads/77000")
    assert put.records[0]["City"] == "London"
