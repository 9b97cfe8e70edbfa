"""By API alone: 500 leads of one cause are found, mended at the root, and sent again, once each."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.decisions.bulk import run
from leads.delivery.drain import Drain
from leads.models import BulkRetry, Lead, LeadEvent, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_site
from tests.fakes import FakeGateway
from tests.leadops.api.conftest import Program
from zoho.models import Connection, ModuleFields

LEADS = 500
FIELDS: dict[str, Any] = {
    "Last_Name": {"type": "text", "length": 80, "mandatory": True},
    "Lead_Source": {"type": "text", "length": 40, "mandatory": True},
    "Description": {"type": "textarea", "length": 32000},
}
RULES = [
    {"source": "contact_name", "target": "Last_Name"},
    {"transform": "constant", "argument": "Web site", "target": "Lead_Source"},
]


@pytest.fixture
def failed(site: Site) -> list[Lead]:
    """Of one cause: a field that the CRM has required since this morning."""
    connection, _made = Connection.objects.get_or_create(destination=site.destination)
    ModuleFields.objects.create(
        connection=connection, module="Leads", fields=FIELDS, read_at=timezone.now()
    )
    make_failed_lead(site=make_site(), reason=Reason.TOO_LONG)
    cause = {"reason": Reason.MANDATORY_MISSING, "reason_field": "Lead_Source"}
    return [make_failed_lead(site=site, **cause) for _ in range(LEADS)]


def test_five_hundred_of_one_cause(chief: Program, site: Site, failed: list[Lead]) -> None:
    worst = chief.get("failed/reasons/").json()["results"][0]
    wanted = {"reason": worst["code"], "site": str(site.pk)}
    assert (worst["code"], worst["count"]) == ("mandatory_missing", LEADS)

    mapping = f"sites/{site.pk}/mapping/"
    base = chief.get(mapping).json()["base"]
    tried = chief.post(f"{mapping}dry-run/", rules=RULES).json()
    assert (tried["leads"], tried["failing"], tried["failing_today"]) == (LEADS, 0, LEADS)
    stored = chief.post(mapping, method="PUT", rules=RULES, base=base, dry_run=tried["mark"])
    assert (stored.status_code, stored.json()["is_default"]) == (200, False)

    assert chief.post("bulk-retries/plan/", filter=wanted).json()["count"] == LEADS
    first, again = (chief.post("bulk-retries/", key="today", filter=wanted) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert BulkRetry.objects.count() == 1

    sent = FakeGateway()
    pk = first.json()["id"]
    run.queue_chunk(pk)
    drain(site, sent, batches=1)
    stopped = chief.post(f"bulk-retries/{pk}/stop/", key="stop").json()
    assert (stopped["state"], stopped["returned"]) == ("stopped", LEADS - 100)
    assert chief.get(f"bulk-retries/{pk}/").json()["delivered"] == 100

    second = chief.post("bulk-retries/", key="tomorrow", filter=wanted).json()
    run.run(second["id"], Deadline(50))
    drain(site, sent)

    done = chief.get(f"bulk-retries/{second['id']}/").json()
    assert (done["state"], done["delivered"], done["percent"]) == ("done", LEADS - 100, 100)
    times = Counter(pk for call in sent.calls for pk in call)
    assert times == dict.fromkeys((lead.pk for lead in failed), 1)
    assert set(LeadEvent.objects.values_list("kind", "via")) == {
        ("retried", "Script"),
        ("undone", "Script"),
    }


def drain(site: Site, gateway: FakeGateway, batches: int = LEADS) -> None:
    """What a worker does."""
    enough = len(gateway.calls) + batches
    over = lambda: len(gateway.calls) >= enough  # noqa: E731
    Drain(site.destination_id, gateway, lambda: 0.5, is_over=over).run(Deadline(50))
