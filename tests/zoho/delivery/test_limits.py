"""A limit of the account that is reached in the midst of a batch."""

from __future__ import annotations

from typing import Any

import pytest

from leads.models import Destination, Lead, Site
from tests.daily import rest
from tests.leads.delivery.outage import leads_of
from tests.zoho.delivery.test_outage import Answer, Zoho, known, refusal
from tests.zoho.delivery.test_outage import site as site_of_outage
from tests.zoho.delivery.test_outage import zoho as zoho_of_outage

zoho, site, read_before = zoho_of_outage, site_of_outage, known
pytestmark = pytest.mark.usefixtures("read_before")

ROOM = 40
LIMITS = [
    refusal("TOO_MANY_REQUESTS"),
    refusal("RATE_LIMIT_EXCEEDED"),
    refusal("API_LIMIT_EXCEEDED"),
    refusal("API_CALLS_LIMIT_REACHED"),
    refusal("DAILY_LIMIT_EXCEEDED"),
    refusal("CONCURRENCY_LIMIT_EXCEEDED"),
    refusal("CREDITS_EXHAUSTED"),
    refusal("LIMIT_EXCEEDED", "Your API credits of 24 hours are used up"),
    refusal("LIMIT_EXCEEDED", "the maximum of concurrent calls is reached"),
    refusal("STORAGE_LIMIT_EXCEEDED"),
]
IN_WORDS = [f"{limit['code']} {limit['message']}".strip() for limit in LIMITS]


def limit(zoho: Zoho, said: dict[str, Any], status: int) -> None:
    """From then on only so many records have room; the others are told so, each or all."""
    sensible = zoho.sensible

    def within(kind: str, content: dict[str, Any]) -> Answer:
        if kind != "insert":
            return sensible(kind, content)
        records = content["json"]["data"]
        room = max(0, ROOM - len(zoho.stored))
        if not room and status == 429:
            return status, said
        items = [zoho.store(record) for record in records[:room]]
        items += [said] * (len(records) - len(items))
        return 207 if room else 400, {"data": items}

    zoho.sensible = within  # type: ignore[method-assign]  # for this test


@pytest.mark.parametrize("status", [rest(400), 429])
@pytest.mark.parametrize("said", LIMITS, ids=IN_WORDS)
def test_what_was_stored_before_a_limit_is_kept_and_the_others_wait(
    zoho: Zoho, site: Site, said: dict[str, Any], status: int
) -> None:
    """The rest failed one by one as “refused”, though each only had to wait."""
    leads_of(site, 100)
    sensible = zoho.sensible
    limit(zoho, said, status)

    zoho.run(until=600)

    assert len(zoho.stored) == Lead.objects.filter(status="delivered").count() == ROOM
    assert Lead.objects.filter(status="queued").count() == 100 - ROOM
    assert Destination.objects.exclude(paused_at=None).exists()
    assert zoho.calls_between(0, 600) <= 20
    zoho.sensible = sensible  # type: ignore[method-assign]
    zoho.run(until=600 + 660)
    assert len(zoho.stored) == len(set(zoho.stored)) == 100
    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
