"""No answer to a question that only prepares a delivery, or proves it, pauses one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.models import ApiCall, Destination, Lead, Site
from tests.daily import rest
from tests.factories import make_lead
from tests.zoho.delivery.test_outage import DESCRIBED, Answer, Zoho, known
from tests.zoho.delivery.test_outage import site as site_of_outage
from tests.zoho.delivery.test_outage import zoho as zoho_of_outage
from zoho.api import rests
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit import fields
from zoho.fit.metadata import compact
from zoho.models import Connection

zoho, site, read_before = zoho_of_outage, site_of_outage, known

DENIED: dict[str, Answer] = {
    "answers": (200, None),
    "access denied": (400, {"error": "Access Denied", "status": "failure"}),
    "general error": (400, {"error": "general_error"}),
    "too many": (429, {"error": "too_many"}),
}
REFUSED = ["INVALID_TOKEN", "AUTHENTICATION_FAILURE", "SOMETHING_NEW"]


@pytest.mark.usefixtures("read_before")
@pytest.mark.parametrize("code", [REFUSED[0], *map(rest, REFUSED[1:])])
@pytest.mark.parametrize("token", DENIED)
def test_a_question_whose_token_is_refused_pauses_nothing(
    zoho: Zoho, site: Site, code: str, token: str
) -> None:
    zoho.faults["fields"] = 401, {"code": code, "details": {}}
    if token != "answers":
        zoho.faults["token"] = DENIED[token]
    zoho.run(until=3650)

    for minute in range(20):
        make_lead(site=site)
        zoho.run(until=3650 + 60 * (minute + 1))
        assert not Destination.objects.exclude(paused_at=None).exists()

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert zoho.kinds.count("token") <= 1
    assert zoho.kinds.count("fields") <= 2


@pytest.mark.usefixtures("zoho")
def test_two_refused_questions_do_not_end_each_others_rest(
    zoho: Zoho, connection: Connection
) -> None:
    refused: Answer = (401, {"code": "INVALID_TOKEN", "details": {}})
    zoho.faults = {"fields": refused, "layouts": refused}

    for _ in range(20):
        zoho.sleep(60)
        for what in ("fields", "layouts"):
            ask_unless_it_rests(Connection.objects.get(), what, zoho)

    assert zoho.kinds.count("token") == 2
    assert ApiCall.objects.exclude(kind="token").count() == 4


def ask_unless_it_rests(connection: Connection, what: str, zoho: Zoho) -> None:
    """As reading and read-back do."""
    caller = Caller(connection, Deadline(20, zoho))
    name = rests.name(what, "Leads")
    if rests.resting(connection, name, timezone.now()):
        return
    try:
        answer = caller.ask(ApiCall.Kind.METADATA, "GET", f"/crm/v8/settings/{what}")
    except CallFailed as failure:
        rests.failed(connection, name, failure.outcome, timezone.now())
    else:
        rests.failed(connection, name, read_other(answer.status, answer.body), timezone.now())


@pytest.mark.parametrize("status", [402, 403])
@pytest.mark.parametrize("body", ["<html>Forbidden</html>", None, {}, {"message": "no"}, []])
@pytest.mark.parametrize("unique", [True, rest(False)])
def test_a_page_that_forbids_costs_no_lead(
    zoho: Zoho, site: Site, connection: Connection, status: int, body: object, unique: bool
) -> None:
    """Without a reference 250 of 250 leads were left to a person, in three calls."""
    kept = [one for one in DESCRIBED["fields"] if unique or one["api_name"] != "Lead_Ref"]
    fields.store(connection, "Leads", compact({"fields": kept}) or {}, timezone.now())
    sensible = zoho.sensible
    zoho.sensible = lambda kind, content: (  # type: ignore[method-assign]  # for this test
        (200, {"fields": kept}) if kind == "fields" else sensible(kind, content)
    )
    for _ in range(3):
        make_lead(site=site)
    zoho.faults = {"insert": (status, body)}
    zoho.run(until=120)
    assert set(Lead.objects.values_list("status", "maybe_landed")) == {("queued", False)}

    zoho.faults = {}
    # An object is Zoho's own word about the account, which rests for longer than a page.
    zoho.run(until=1200 if isinstance(body, dict) else 600)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert len(zoho.stored) == 3
