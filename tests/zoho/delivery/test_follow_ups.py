"""What follows an insert, one record at a time: an update, a look. Zoho may not answer those."""

from __future__ import annotations

import pytest

from leads.models import Destination, Lead, Site
from tests.daily import rest
from tests.factories import make_site
from tests.leads.delivery.outage import leads_of
from tests.zoho.delivery.test_outage import SERVER_ERROR, Answer, Zoho, known, refusal
from tests.zoho.delivery.test_outage import zoho as zoho_of_outage

zoho, read_before = zoho_of_outage, known
pytestmark = pytest.mark.usefixtures("read_before")

BAD = {"last_name": "Bad"}
THROTTLED: Answer = (429, {"code": "TOO_MANY_REQUESTS", "details": {}})


@pytest.fixture
def updating(destination: Destination, zoho: Zoho) -> Site:
    """A site whose leads are all in Zoho already, under another lead's address."""
    zoho.refusal = refusal("DUPLICATE_DATA", api_name="Email", id="777")
    return make_site(destination=destination, duplicate_policy=Site.DuplicatePolicy.UPDATE)


@pytest.mark.parametrize("jitter", [0.0, rest(0.999)])
@pytest.mark.parametrize("number", [1, *map(rest, (2, 100)), 300])
@pytest.mark.parametrize("answer", [SERVER_ERROR, (502, "<html>")])
def test_updates_without_an_answer_cost_ten_calls_in_ten_minutes(
    zoho: Zoho, updating: Site, answer: Answer, number: int, jitter: float
) -> None:
    """100 leads were 201 calls: one insert, and an update of each lead again and again."""
    zoho.jitter = jitter
    zoho.faults = {"777": answer}
    leads_of(updating, number, data=BAD)

    zoho.run(until=600)

    assert 2 <= zoho.calls_between(0, 600) <= 10, list(zip(zoho.kinds, zoho.called, strict=True))
    assert set(Lead.objects.values_list("status", flat=True)) == {"queued"}


@pytest.mark.parametrize("number", [1, 100])
def test_updates_that_are_asked_to_wait_do(zoho: Zoho, updating: Site, number: int) -> None:
    zoho.faults = {"777": THROTTLED}
    leads_of(updating, number, data=BAD)

    zoho.run(until=600)

    assert zoho.calls_between(0, 600) <= 2 * 14, "one try a rest, of a minute in the end"


@pytest.mark.parametrize("number", [1, 100])
def test_looks_without_an_answer_cost_as_little(zoho: Zoho, updating: Site, number: int) -> None:
    zoho.faults = {"insert": SERVER_ERROR}
    leads_of(updating, number, data=BAD)
    zoho.run(until=10)
    zoho.faults = {"777": SERVER_ERROR}

    zoho.run(until=600)

    assert 2 <= zoho.calls_between(0, 600) <= 10, list(zip(zoho.kinds, zoho.called, strict=True))
    assert set(Lead.objects.values_list("status", flat=True)) == {"queued"}


def test_when_updates_are_answered_again_all_are_made(zoho: Zoho, updating: Site) -> None:
    sensible = zoho.sensible
    zoho.sensible = lambda kind, content: (  # type: ignore[method-assign]  # for this test
        (200, {"data": [{"code": "SUCCESS", "details": {"id": "777"}}]})
        if kind == "777"
        else sensible(kind, content)
    )
    zoho.faults = {"777": SERVER_ERROR}
    leads_of(updating, 5, data=BAD)
    zoho.run(until=300)
    zoho.faults = {}

    zoho.run(until=1500)

    assert set(Lead.objects.values_list("status", "zoho_id")) == {("delivered", "777")}
