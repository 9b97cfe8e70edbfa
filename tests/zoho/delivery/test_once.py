"""No second record of a lead, whatever an update of another record comes to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.delivery.claim import claim
from leads.delivery.reclaim import reclaim
from leads.models import Destination, Lead, Preferences, Site
from leads.reasons import Reason
from tests.factories import make_lead
from tests.zoho.delivery.test_outage import NO_SCOPE, SERVER_ERROR, Answer, Zoho, hit, known
from tests.zoho.delivery.test_outage import site as site_of_outage
from tests.zoho.delivery.test_outage import zoho as zoho_of_outage
from zoho.api import client
from zoho.models import ModuleFields

zoho, site, read_before = zoho_of_outage, site_of_outage, known
pytestmark = pytest.mark.usefixtures("read_before")

UPDATED: Answer = (200, {"data": [{"code": "SUCCESS", "details": {"id": "777"}}]})


@pytest.fixture
def updating(site: Site) -> Site:
    """A site that updates what Zoho knows by the address."""
    preferences = Preferences.load()
    preferences.refuse_duplicate_emails = preferences.ask_zoho_for_duplicates = True
    preferences.save()
    Site.objects.update(duplicate_policy=Site.DuplicatePolicy.UPDATE)
    return site


def knows_the_address(zoho: Zoho) -> list[str]:
    """Zoho holds record 777 of the address; the queries that it is asked from now on."""
    sensible, asked = zoho.sensible, []

    def play(kind: str, content: dict[str, Any]) -> Answer:
        if kind == "777":
            return UPDATED
        if kind != "coql":
            return sensible(kind, content)
        asked.append(content["json"]["select_query"])
        if "where Email" in asked[-1]:
            return 200, {"data": [{"id": "777", "Email": "a@example.org"}]}
        return sensible(kind, content)

    zoho.sensible = play  # type: ignore[method-assign]  # for this test
    return asked


LOST: dict[str, Answer] = {
    "500": SERVER_ERROR,
    "503 without a body": (503, None),
    "a page": (200, "<html>"),
    "SUCCESS without an id": (200, {"data": [{"code": "SUCCESS", "details": {}}]}),
    "an empty list": (200, {"data": []}),
    "a page for 502": (502, "<html>"),
}


@pytest.mark.parametrize("put", LOST)
@pytest.mark.parametrize("times", [20, 400])
def test_an_update_without_an_answer_is_made_again_and_nothing_is_inserted(
    zoho: Zoho, updating: Site, put: str, times: int
) -> None:
    knows_the_address(zoho)
    make_lead(site=updating, data={"last_name": "Ada", "email": "a@example.org"})
    zoho.faults = {"777": LOST[put]}
    zoho.run(until=times)
    assert not Lead.objects.get().maybe_landed
    zoho.faults = {}

    zoho.run(until=times + 700)

    assert list(Lead.objects.values_list("status", "zoho_id")) == [("delivered", "777")]
    assert "insert" not in zoho.kinds


@pytest.mark.parametrize("error", [client.NoAnswer, client.NotSent])
@pytest.mark.parametrize("unique", [True, False])
def test_nor_is_it_where_there_was_none_at_all(
    zoho: Zoho, updating: Site, error: type[Exception], unique: bool
) -> None:
    """Without a reference that is unique too: an update may be made again and again."""
    knows_the_address(zoho)
    if not unique:
        ModuleFields.objects.update(fields={"Last_Name": {}, "Email": {"data_type": "email"}})
    sensible, lost = zoho.sensible, [1, 2]

    def play(kind: str, content: dict[str, Any]) -> Answer:
        if kind == "777" and lost:
            lost.pop()
            raise error("broken")
        return sensible(kind, content)

    zoho.sensible = play  # type: ignore[method-assign]
    make_lead(site=updating, data={"last_name": "Ada", "email": "a@example.org"})
    zoho.run(until=20)
    assert list(Lead.objects.values_list("status", "maybe_landed")) == [("queued", False)]

    zoho.run(until=900)

    assert list(Lead.objects.values_list("status", "zoho_id")) == [("delivered", "777")]
    assert "insert" not in zoho.kinds


def test_a_worker_that_died_at_the_update_leaves_nothing_to_insert(
    zoho: Zoho, updating: Site
) -> None:
    asked = knows_the_address(zoho)
    make_lead(site=updating, data={"last_name": "Ada", "email": "a@example.org"})
    assert claim(Destination.objects.get(), 100, 0.0)
    Destination.objects.update(resend_is_safe=True)
    Lead.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert reclaim() == 1

    zoho.run(until=300)

    assert list(Lead.objects.values_list("status", "zoho_id")) == [("delivered", "777")]
    assert "insert" not in zoho.kinds
    assert "where Lead_Ref" in asked[0], "it may have been its own record"


def test_its_own_record_is_not_taken_for_another(zoho: Zoho, updating: Site) -> None:
    knows_the_address(zoho)
    lead = make_lead(
        site=updating,
        data={"last_name": "Ada", "email": "a@example.org"},
        maybe_landed=True,
        landed_revision=0,
    )
    zoho.stored = [str(lead.reference)]

    zoho.run(until=60)

    assert list(Lead.objects.values_list("status", "zoho_id")) == [("delivered", "1")]
    assert not {"insert", "777"} & set(zoho.kinds)


REFUSED: dict[str, Answer] = {
    "scope": NO_SCOPE,
    "permission": (403, {"code": "NO_PERMISSION", "details": {}}),
    "feature": (403, {"code": "FEATURE_NOT_SUPPORTED", "details": {}}),
    "address": (404, {"code": "INVALID_URL_PATTERN", "details": {}}),
    "token": (401, {"code": "INVALID_TOKEN", "details": {}}),
    "query": (400, {"code": "INVALID_QUERY", "details": {}}),
}


@pytest.mark.parametrize("coql", REFUSED)
def test_where_nothing_tells_of_the_reference_a_person_looks_and_others_go(
    zoho: Zoho, site: Site, coql: str
) -> None:
    """Three leads became six records: the field was dropped, and nothing could be read."""
    for name in "abc":
        make_lead(site=site, data={"last_name": name})
    hit(zoho, "insert")
    zoho.run(until=20)
    zoho.faults = {"fields": NO_SCOPE, "coql": REFUSED[coql]}
    make_lead(site=site, name="Fresh")

    zoho.run(until=300)

    held = Lead.objects.exclude(name="Fresh").values_list("status", "reason").distinct()
    assert list(held) == [("failed", Reason.OUTCOME_UNKNOWN)]
    assert Lead.objects.get(name="Fresh").status == "delivered"
    assert len(zoho.stored) == 1
    assert not Destination.objects.exclude(paused_at=None).exists()
