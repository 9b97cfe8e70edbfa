"""A pass over the delivered leads: against the sandbox, and against whatever may be answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.clock import Deadline
from leads.models import CrmRecord, Destination, Lead, SalesCounter
from tests.factories import make_lead, make_site
from tests.zoho.sales.test_answers import ANYTHING
from tests.zoho.sandbox.running import RunningSandbox
from tests.zoho.wire import Wire, reply
from zoho.models import Connection
from zoho.sales.sweep import Sweep, due, is_due
from zoho.setup.connect import Credentials, connect_with_refresh_token
from zoho.tasks import read_sales

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def connected(sandbox: RunningSandbox, db: None) -> Connection:
    """A connection with the sandbox that reads what became of leads."""
    connection, _made = Connection.objects.get_or_create(destination=Destination.objects.get())
    connection.accounts_url = f"http://127.0.0.1:{sandbox.port}"
    connection.client_id, connection.client_secret = "1000.SANDBOX", "sandbox-secret"
    connection.refresh_token = "1000.sandbox.refresh"
    connection.reads_sales = True
    connection.save()
    return connection


def delivered(sandbox: RunningSandbox, count: int = 1, **values: Any) -> list[Lead]:
    rows = [{"Last_Name": f"L{number}", "Lead_Status": "Contacted"} for number in range(count)]
    items = sandbox.insert(*rows).json["data"]
    return [make_lead(status="delivered", zoho_id=one["details"]["id"], **values) for one in items]


def convert(sandbox: RunningSandbox, lead: Lead, **deal: Any) -> str:
    order = {"ids": [lead.zoho_id]} | ({"deal": deal} if deal else {})
    answer = sandbox.control("POST", "convert", order).json
    assert answer["converted"] == 1
    return str(answer.get("deals", [""])[0])


def sweep() -> Sweep:
    made = Sweep(Connection.objects.select_related("destination").get(), Deadline(60))
    made.over = made.run()  # type: ignore[attr-defined]
    return made


def row(lead: Lead) -> CrmRecord:
    return CrmRecord.objects.get(lead=lead)


def won() -> list[tuple[str, int, int]]:
    rows = SalesCounter.objects.filter(grain="all", dimension="site", won__gt=0)
    return list(rows.values_list("currency", "won", "amount"))


def test_owner_status_deal_and_amount_are_read_for_two_credits_a_hundred(
    sandbox: RunningSandbox, connected: Connection
) -> None:
    sold, lost, bare, kept = delivered(sandbox, 4)
    convert(sandbox, sold, Stage="Closed Won", Amount=1200.5)
    convert(sandbox, lost, Stage="Closed Lost", Amount=99)
    convert(sandbox, bare)

    made = sweep()

    seen = row(sold)
    assert (seen.state, seen.owner, seen.status) == ("converted", "Mara Lindqvist", "Contacted")
    assert (seen.stage, seen.amount, seen.currency, seen.won) == (
        *("Closed Won", 1_200_500, "EUR", True),
    )
    assert seen.converted_at
    assert timezone.now() - seen.converted_at < timedelta(minutes=1)
    assert [row(one).state for one in (lost, bare, kept)] == ["converted", "converted", "open"]
    assert (row(lost).won, row(bare).deal_id) == (False, "")
    assert won() == [("EUR", 1, 1_200_500)]
    assert (made.leads, Connection.objects.get().proof_used) == (4, 3), "leads, deals, currency"


def test_a_deal_that_changes_or_is_deleted_is_followed(
    sandbox: RunningSandbox, connected: Connection
) -> None:
    [lead] = delivered(sandbox)
    deal = convert(sandbox, lead, Stage="Proposal", Amount=100)
    story = []

    for change in ({"Stage": "Closed Won"}, {"Amount": 250}, {"Stage": "Closed Lost"}):
        sweep()
        story.append(won())
        assert sandbox.crm("PUT", f"Deals/{deal}", {"data": [change]}).status == 200
    sandbox.crm("PUT", f"Deals/{deal}", {"data": [{"Stage": "Closed Won"}]})
    sweep()
    story.append(won())
    sandbox.crm("DELETE", f"Deals/{deal}")
    sweep()

    assert story == [[], [("EUR", 1, 100_000)], [("EUR", 1, 250_000)], [("EUR", 1, 250_000)]]
    assert won() == []
    assert (row(lead).deal_is_gone, row(lead).state) == (True, "converted")


def test_several_currencies_and_the_stages_of_the_setting(
    sandbox: RunningSandbox, connected: Connection
) -> None:
    connected.won_stages = "Proposal, closed won"
    connected.save()
    currency = {"api_name": "Currency", "data_type": "picklist"}
    sandbox.control("PUT", "fields", {"module": "Deals", "fields": [currency]})
    one, other = delivered(sandbox, 2)
    convert(sandbox, one, Stage="Proposal", Amount=5, Currency="USD")
    convert(sandbox, other, Stage="Closed Won", Amount=7)

    sweep()

    assert sorted(won()) == [("EUR", 1, 7_000), ("USD", 1, 5_000)]


def test_connected_anew_the_currency_is_asked_anew(
    sandbox: RunningSandbox, connected: Connection
) -> None:
    """Another organisation's deals are no euros because the last one's were."""
    Connection.objects.update(currency="CHF")
    credentials = Credentials(connected.accounts_url, "1000.SANDBOX", "sandbox-secret")

    connect_with_refresh_token(
        connected.destination, credentials, Deadline(10), "1000.sandbox.refresh"
    )

    [lead] = delivered(sandbox)
    convert(sandbox, lead, Stage="Closed Won", Amount=5)
    sweep()
    assert won() == [("EUR", 1, 5_000)]


def test_a_record_that_is_gone_keeps_what_was_known_of_it(
    sandbox: RunningSandbox, connected: Connection
) -> None:
    [lead] = delivered(sandbox)
    convert(sandbox, lead, Stage="Closed Won", Amount=5)
    sweep()
    sandbox.crm("DELETE", f"Leads/{lead.zoho_id}")

    sweep()

    assert (row(lead).state, row(lead).owner) == ("hidden", "Mara Lindqvist")
    assert won() == [("EUR", 1, 5_000)]


def test_without_the_scope_for_deals_it_is_asked_for_by_name_and_the_rest_goes_on(
    sandbox: RunningSandbox, connected: Connection, admin_client: Client
) -> None:
    scope = "ZohoCRM.modules.leads.ALL ZohoCRM.org.READ"
    code = sandbox.control("POST", "grants", {"scope": scope}).json["code"]
    grant = {"grant_type": "authorization_code", "code": code, "refresh_token": ""}
    connected.refresh_token = sandbox.token_call(**grant).json["refresh_token"]
    connected.save()
    [lead] = delivered(sandbox)
    convert(sandbox, lead, Stage="Closed Won", Amount=5)

    made = sweep()

    [rest] = connected.rests.all()
    assert (rest.what, rest.scope) == ("deals", "ZohoCRM.modules.deals.READ")
    assert (row(lead).state, row(lead).stage, won()) == ("converted", "", [])
    assert made.over  # type: ignore[attr-defined]
    calls = sandbox.ledger()["calls"]["list"]
    sweep()
    assert sandbox.ledger()["calls"]["list"] == calls + 1, "deals rest"
    page = admin_client.get(f"/admin/leads/destination/{connected.destination_id}/change/")
    hint = "Stage and amount of deals not available: reconnect with scope"
    assert f"{hint} ZohoCRM.modules.deals.READ" in page.content.decode()


@pytest.mark.parametrize("mode", ["scope_mismatch", "no_permission", "503", "html", "429"])
def test_no_answer_to_it_touches_delivery_and_the_question_rests(
    sandbox: RunningSandbox, connected: Connection, mode: str
) -> None:
    delivered(sandbox)
    sandbox.fault(mode, only="list")

    made = sweep()

    destination = Destination.objects.get()
    assert (destination.paused_at, destination.faults) == (None, 0)
    assert ([rest.what for rest in connected.rests.all()], made.leads) == (["sales"], 0)
    connected.refresh_from_db()
    assert not Sweep(connected, Deadline(60)).may_ask()


def test_a_pass_stops_at_its_part_of_the_credits_and_goes_on_the_next_day(
    sandbox: RunningSandbox, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoho.sales.sweep.MOST_IDS", 2)
    connected.proof_credits = 4
    connected.save()
    delivered(sandbox, 9)
    seen = []

    for _ in range(3):
        made = sweep()
        seen.append((made.leads, made.over))  # type: ignore[attr-defined]
        Connection.objects.update(proof_used=0)

    assert seen == [(6, False), (3, True), (6, False)]


def test_leads_of_the_last_months_are_followed_and_no_others(
    sandbox: RunningSandbox, connected: Connection
) -> None:
    now = timezone.now()
    [young] = delivered(sandbox, settled_at=now - timedelta(days=180))
    delivered(sandbox, settled_at=now - timedelta(days=190))
    delivered(sandbox, is_test=True)
    delivered(sandbox, site=make_site(module="Contacts"))

    sweep()

    assert list(CrmRecord.objects.values_list("lead", flat=True)) == [young.pk]


@pytest.mark.parametrize(("leads", "goes_on"), [(0, False), (3, True)])
def test_a_turn_that_came_to_no_end_is_gone_on_with_where_it_came_on(
    connection: Connection, leads: int, goes_on: bool
) -> None:
    connection.reads_sales = True
    connection.save()
    sweep = mock.Mock(leads=leads, credits_at_hand=True, **{"run.return_value": False})

    with (
        mock.patch("zoho.tasks.Sweep", return_value=sweep),
        mock.patch("zoho.tasks.async_task") as woken,
    ):
        read_sales()

    assert woken.called is goes_on


@pytest.mark.parametrize(
    ("on", "last", "now", "is_it"),
    [
        (True, None, "2026-11-30T12:00", True),
        (False, None, "2026-11-30T12:00", False),
        (True, "2026-11-30T04:10", "2026-11-30T12:00", False),
        (True, "2026-11-30T03:10", "2026-11-30T12:00", True),
        (True, "2026-11-29T04:10", "2026-11-30T03:59", False),
        (True, "2026-11-29T04:10", "2026-11-30T04:01", True),
    ],
)
def test_a_pass_is_due_once_a_night(
    connection: Connection, on: bool, last: str | None, now: str, is_it: bool
) -> None:
    zone = timezone.get_current_timezone()
    connection.reads_sales = on
    connection.sales_read_at = datetime.fromisoformat(last).replace(tzinfo=zone) if last else None
    connection.save()
    moment = datetime.fromisoformat(now).replace(tzinfo=zone)

    assert is_due(connection, moment) is is_it
    assert due(moment) == ([connection] if is_it else [])


@given(st.lists(ANYTHING | st.fixed_dictionaries({"id": st.sampled_from([61, "x"])}), max_size=3))
@settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_whatever_is_answered_counts_nothing_that_is_not_there(
    wire: Wire, connection: Connection, rows: list[Any]
) -> None:
    connection.rests.all().delete()
    SalesCounter.objects.all().delete()
    lead = Lead.objects.first() or make_lead(status="delivered", zoho_id="61")
    wire.on("GET /crm/v8/Leads", reply(200, json.dumps({"data": rows}).encode()))
    wire.on("GET /crm/v8/Deals", reply(200, json.dumps({"data": rows}).encode()))

    Sweep(connection, Deadline(60)).run()

    assert not SalesCounter.objects.filter(won__gt=0).exists()
    named = any(isinstance(one, dict) and one.get("id") == 61 for one in rows)
    assert named or not SalesCounter.objects.exists(), "none is converted that was not named so"
    assert Lead.objects.get(pk=lead.pk).status == Lead.Status.DELIVERED
