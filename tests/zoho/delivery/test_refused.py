"""What Zoho refuses of sites that ask for duplicates, or update them: their set-up, and theirs."""

from __future__ import annotations

import pytest

from leads.models import Destination, Lead, Site
from leads.reasons import Reason
from tests.factories import make_lead, make_site
from tests.leads.delivery.outage import leads_of
from tests.zoho.delivery.test_once import REFUSED, knows_the_address
from tests.zoho.delivery.test_once import updating as updating_site
from tests.zoho.delivery.test_outage import Answer, Zoho, known
from tests.zoho.delivery.test_outage import site as site_of_outage
from tests.zoho.delivery.test_outage import zoho as zoho_of_outage

zoho, site, updating, read_before = zoho_of_outage, site_of_outage, updating_site, known
pytestmark = pytest.mark.usefixtures("read_before")

ADA = {"last_name": "Ada", "email": "a@example.org"}


@pytest.mark.parametrize("coql", REFUSED)
def test_a_refused_question_holds_the_sites_that_ask_it(
    zoho: Zoho, updating: Site, coql: str
) -> None:
    """It was an outage without end and without a word to anybody, or held every site."""
    other = make_site(destination=updating.destination, duplicate_policy=Site.DuplicatePolicy.SEND)
    zoho.faults = {"coql": REFUSED[coql]}
    make_lead(site=updating, data=ADA)
    make_lead(site=other, data=ADA)

    zoho.run(until=1800)

    assert set(Lead.objects.filter(site=updating).values_list("status", flat=True)) == {"queued"}
    assert Lead.objects.get(site=other).status == "delivered"
    assert zoho.kinds.count("coql") <= 8
    assert not Destination.objects.exclude(paused_at=None).exists()
    assert Site.objects.exclude(paused_at=None).get() == updating

    zoho.faults = {}
    zoho.run(until=1800 + 700)
    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}


OF_ACCOUNT: dict[str, Answer] = {
    "feature": (403, {"code": "FEATURE_NOT_SUPPORTED", "details": {}}),
    "licence": (403, {"code": "LICENSE_EXPIRED", "details": {}}),
    "in data": (403, {"data": [{"code": "FEATURE_NOT_SUPPORTED", "details": {}}]}),
    "new": (403, {"code": "SOMETHING_NEW", "details": {}}),
    "permission": (403, {"code": "NO_PERMISSION", "details": {}}),
}


@pytest.mark.parametrize("put", OF_ACCOUNT)
def test_a_refused_update_holds_its_site_and_fails_no_lead(
    zoho: Zoho, updating: Site, put: str
) -> None:
    knows_the_address(zoho)
    zoho.faults = {"777": OF_ACCOUNT[put]}
    for _ in range(3):
        make_lead(site=updating, data=ADA)

    zoho.run(until=900)

    assert set(Lead.objects.values_list("status", flat=True)) == {"queued"}
    assert zoho.kinds.count("777") <= 6
    assert Site.objects.exclude(paused_at=None).get() == updating
    assert not Destination.objects.exclude(paused_at=None).exists()


def test_a_refused_update_holds_its_site_although_another_lead_was_stored(
    zoho: Zoho, updating: Site
) -> None:
    """An insert says nothing about updates: the lead was tried again, at once, without end."""
    knows_the_address(zoho)
    zoho.faults = {"777": OF_ACCOUNT["permission"]}
    make_lead(site=updating, data=ADA)
    make_lead(site=updating, data={"last_name": "Ben", "email": "b@example.org"})

    zoho.run(until=300)

    assert sorted(Lead.objects.values_list("status", flat=True)) == ["delivered", "queued"]
    assert zoho.kinds.count("777") == 1
    assert Site.objects.exclude(paused_at=None).get() == updating


@pytest.mark.parametrize("code", ["INVALID_DATA", "MANDATORY_NOT_FOUND", "RECORD_LOCKED"])
@pytest.mark.parametrize("number", [1, 64])
def test_an_insert_that_is_forbidden_as_a_whole_fails_no_lead(
    zoho: Zoho, site: Site, code: str, number: int
) -> None:
    """64 leads were 128 calls, and all failed one by one."""
    zoho.faults = {"insert": (403, {"code": code, "details": {}})}
    leads_of(site, number)

    zoho.run(until=900)

    assert set(Lead.objects.values_list("status", flat=True)) == {"queued"}
    assert zoho.kinds.count("insert") <= 3
    assert Destination.objects.get().pause_reason == Reason.ACCOUNT_REFUSED

    zoho.faults = {}
    zoho.run(until=900 + 700)
    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
