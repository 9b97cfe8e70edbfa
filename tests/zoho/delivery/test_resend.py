"""A lead with an unknown outcome: what must be known before each of its tries."""

from __future__ import annotations

from typing import Any

import pytest

from leads.models import Lead, Site
from leads.reasons import Reason
from tests.factories import make_lead
from tests.leads.delivery.outage import leads_of
from tests.zoho.delivery.test_outage import DESCRIBED, SERVER_ERROR, Zoho, known
from tests.zoho.delivery.test_outage import site as site_of_outage
from tests.zoho.delivery.test_outage import zoho as zoho_of_outage

zoho, site, read_before = zoho_of_outage, site_of_outage, known
pytestmark = pytest.mark.usefixtures("read_before")


def drop_the_reference(zoho: Zoho) -> None:
    """Somebody takes our field away: from then on the same lead can be stored twice."""
    kept = [field for field in DESCRIBED["fields"] if field["api_name"] != "Lead_Ref"]
    sensible = zoho.sensible

    def without(kind: str, content: dict[str, Any]) -> tuple[int, Any]:
        if kind == "fields":
            return 200, {"fields": kept}
        for record in content.get("json", {}).get("data", []):
            record.pop("Lead_Ref", None)
        return sensible(kind, content)

    zoho.sensible = without  # type: ignore[method-assign]  # for this test


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
@pytest.mark.parametrize("number", [1, 3])
def test_the_fields_are_read_before_each_try_that_could_make_a_second_record(
    zoho: Zoho, site: Site, lost: int, number: int
) -> None:
    """A reading of after the first lost answer served the next: the third try stored it again."""
    leads_of(site, number)
    zoho.faults = {"insert": SERVER_ERROR}
    while zoho.kinds.count("insert") < lost:
        zoho.run(until=zoho.monotonic() + 10)
    zoho.stored += [str(lead.reference) for lead in Lead.objects.all()]  # the first try arrived
    drop_the_reference(zoho)
    zoho.faults = {}

    zoho.run(until=zoho.monotonic() + 1200)

    assert len(zoho.stored) == number
    assert set(Lead.objects.values_list("status", "reason")) == {("failed", Reason.OUTCOME_UNKNOWN)}


def test_one_reading_serves_a_whole_batch_and_fresh_leads_need_none(zoho: Zoho, site: Site) -> None:
    leads_of(site, 50)
    zoho.faults = {"insert": SERVER_ERROR}
    zoho.run(until=10)
    zoho.faults = {}
    make_lead(site=site, name="Fresh")
    zoho.run(until=300)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert zoho.kinds == ["insert", "insert", "fields", "insert"]
