"""Comparing the delivered leads with Zoho's records: what is asked, and what differs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.models import Destination, Lead, Site
from tests.factories import make_lead, make_site
from tests.zoho.wire import Play, Wire, hang_up, metadata, reply
from zoho.api.caller import Caller
from zoho.fit import fields
from zoho.models import Connection, Finding, Reconciliation, Rest
from zoho.proof.reconcile import Comparison, reconcile_all

ASK = "POST /crm/v8/coql"
NONE = reply(204)
Kind = Finding.Kind


@pytest.fixture
def site(destination: Destination, connection: Connection) -> Site:
    """A site whose module has our unique field."""
    fields.read(Caller(connection, Deadline(5)), "Leads")
    return make_site(destination=destination)


def delivered(site: Site, **values: Any) -> Lead:
    """A lead that was delivered an hour ago."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    return make_lead(site=site, status="delivered", **{"settled_at": an_hour_ago} | values)


def by_reference(*leads: Lead) -> Play:
    """Zoho holds these references."""
    rows = [{"id": lead.zoho_id, "Lead_Ref": str(lead.reference)} for lead in leads]
    return answer(rows) if rows else NONE


def answer(rows: list[Any], more: bool = False) -> Play:
    return reply(200, {"data": rows, "info": {"more_records": more}})


def run(credits: int = 100, seconds: float = 60) -> Reconciliation:
    """The only comparison, begun or continued."""
    (row,) = reconcile_all(30, credits, Deadline(seconds))
    return row


def found(row: Reconciliation) -> list[tuple[str, int | None, str]]:
    return list(row.findings.order_by("pk").values_list("kind", "lead_id", "record_id"))


def queries(wire: Wire) -> list[str]:
    return [request.json["select_query"] for request in wire.seen(ASK)]


# --- Our leads in Zoho -----------------------------------------------------------------------


def test_when_both_sides_agree_nothing_is_found(site: Site, wire: Wire) -> None:
    lead = delivered(site)
    wire.on(ASK, by_reference(lead), by_reference(lead))

    row = run()

    assert row.ended_at is not None
    assert row.error == ""
    assert (row.leads, row.records, row.credits, found(row)) == (1, 1, 2, [])


def test_a_lead_that_neither_reference_nor_id_finds_is_missing(site: Site, wire: Wire) -> None:
    lead = delivered(site)
    wire.on("GET /crm/v8/Leads", NONE)
    wire.on(ASK, NONE)

    assert found(run()) == [(Kind.MISSING, lead.pk, lead.zoho_id)]


def test_a_lead_that_updated_an_older_record_is_found_by_the_records_id(
    site: Site, wire: Wire
) -> None:
    lead = delivered(site)
    wire.on(ASK, NONE, answer([{"id": lead.zoho_id}]), NONE)

    assert found(run()) == []


def test_fifty_leads_are_one_question(site: Site, wire: Wire) -> None:
    leads = [delivered(site) for _ in range(51)]
    wire.on(ASK, by_reference(*leads[:50]), by_reference(leads[50]), NONE)

    row = run()

    assert [query.count("', '") + 1 for query in queries(wire)[:2]] == [50, 1]
    assert (row.leads, found(row)) == (51, [])


@pytest.mark.parametrize(
    "values",
    [
        {"settled_at": timezone.now() - timedelta(days=31)},
        {"settled_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_what_was_delivered_before_or_after_is_not_compared(
    site: Site, wire: Wire, values: dict[str, Any]
) -> None:
    delivered(site, **values)
    wire.on(ASK, NONE)

    assert run().leads == 0


def test_without_a_unique_reference_only_ids_are_compared(
    site: Site, connection: Connection, wire: Wire
) -> None:
    wire.on("GET /crm/v8/settings/fields", metadata())
    fields.read(Caller(connection, Deadline(5)), "Leads")
    lead = delivered(site)
    wire.on("GET /crm/v8/Leads", NONE)
    wire.on(ASK, NONE)

    row = run()

    assert len(queries(wire)) == 1
    assert f"id in ('{lead.zoho_id}')" in queries(wire)[0]
    assert row.ended_at is not None
    assert found(row) == [(Kind.MISSING, lead.pk, lead.zoho_id)]


# --- Zoho's records among our leads -----------------------------------------------------------


@pytest.mark.parametrize("reference", ["abc", "0" * 32, "x' or id > '0", 7, ["a"]])
def test_a_record_with_a_reference_of_no_lead_is_found(
    site: Site, wire: Wire, reference: Any
) -> None:
    wire.on(ASK, answer([{"id": "5", "Lead_Ref": reference}]))

    assert found(run()) == [(Kind.UNKNOWN, None, "5")]


def test_a_record_of_a_lead_that_failed_here_is_found(site: Site, wire: Wire) -> None:
    lead = make_lead(site=site, status="failed")
    wire.on(ASK, answer([{"id": "5", "Lead_Ref": str(lead.reference)}]))

    assert found(run()) == [(Kind.UNSETTLED, lead.pk, "5")]


def test_a_record_of_a_lead_on_its_way_is_no_difference(site: Site, wire: Wire) -> None:
    lead = make_lead(site=site)
    wire.on(ASK, answer([{"id": "5", "Lead_Ref": str(lead.reference)}]))

    assert found(run()) == []


def test_records_come_in_pages_each_after_the_last_id(site: Site, wire: Wire) -> None:
    pages = [[{"id": str(n), "Lead_Ref": f"r{n}"}] for n in (5, 6)]
    wire.on(ASK, answer(pages[0], more=True), answer(pages[1]))

    row = run()

    first, second = queries(wire)
    assert "id > '0'" in first
    assert "id > '5'" in second
    assert (row.records, row.last_record, row.credits) == (2, "6", 2)


def test_the_criteria_are_bracketed_in_pairs(site: Site, wire: Wire) -> None:
    wire.on(ASK, NONE)

    run()

    (query,) = queries(wire)
    assert "where ((Lead_Ref is not null and Created_Time >= '" in query
    assert query.endswith("') and id > '0') order by id asc limit 200")


@pytest.mark.parametrize("row", [{"id": "5"}, {"Lead_Ref": "r5"}, {"id": None, "Lead_Ref": ""}])
def test_a_page_of_rows_without_id_or_reference_ends_the_comparison(
    site: Site, wire: Wire, row: dict[str, Any]
) -> None:
    wire.on(ASK, answer([row], more=True))

    compared = run()

    assert compared.ended_at is not None
    assert (compared.records, len(wire.seen(ASK)), found(compared)) == (0, 1, [])


# --- Credits, time and failures ----------------------------------------------------------------


def test_with_the_credits_used_up_it_goes_on_where_it_stopped(site: Site, wire: Wire) -> None:
    pages = [[{"id": str(n), "Lead_Ref": f"r{n}"}] for n in (5, 6, 7)]
    wire.on(ASK, *(answer(page, more=True) for page in pages[:2]), answer(pages[2]))

    first = run(credits=2)
    second = run(credits=2)

    assert (first.ended_at, first.credits) == (None, 2)
    assert (second.pk, second.credits) == (first.pk, 3)
    assert second.ended_at is not None
    assert [record for _kind, _lead, record in found(second)] == ["5", "6", "7"]


def test_a_comparison_of_leads_is_not_begun_with_less_than_it_may_cost(
    site: Site, wire: Wire
) -> None:
    delivered(site)

    row = run(credits=1)

    assert (row.credits, row.leads_done) == (0, False)
    assert not wire.seen(ASK)


@pytest.mark.parametrize(("credits", "seconds"), [(0, 60), (100, 5)])
def test_without_credits_or_time_nothing_is_begun(
    site: Site, wire: Wire, credits: int, seconds: float
) -> None:
    assert reconcile_all(30, credits, Deadline(seconds)) == []
    assert not Reconciliation.objects.exists()


def test_modules_share_the_credits(site: Site, connection: Connection, wire: Wire) -> None:
    make_site(destination=site.destination, module="Contacts")
    fields.read(Caller(connection, Deadline(5)), "Contacts")
    wire.on(ASK, NONE)

    compared = reconcile_all(30, 2, Deadline(60))

    assert [(row.module, row.credits) for row in compared] == [("Contacts", 1), ("Leads", 0)]


@pytest.mark.parametrize(
    "play",
    [
        reply(400, {"code": "SYNTAX_ERROR", "message": "words", "status": "error"}),
        reply(429, {"code": "TOO_MANY_REQUESTS", "message": "words", "status": "error"}),
        reply(500, {"code": "INTERNAL_ERROR", "message": "words", "status": "error"}),
        reply(503, b"<html>busy</html>"),
        reply(200, b"\xff"),
        reply(200, {"data": "words"}),
        hang_up,
    ],
)
def test_a_question_that_failed_stops_it_says_why_and_accuses_no_lead(
    site: Site, wire: Wire, play: Play
) -> None:
    delivered(site)
    wire.on(ASK, play)

    row = run()

    row.refresh_from_db()
    assert row.error
    assert row.ended_at is None
    assert (row.leads, row.credits, found(row)) == (0, 1, [])


def test_the_next_run_forgets_the_failure(site: Site, wire: Wire) -> None:
    lead = delivered(site)
    wire.on(ASK, reply(503), by_reference(lead), NONE)
    run()

    row = run()

    assert row.error == ""
    assert row.ended_at is not None


def test_no_lead_is_changed(site: Site, wire: Wire) -> None:
    lead = delivered(site)
    before = Lead.objects.values().get(pk=lead.pk)
    wire.on(ASK, NONE)

    run()

    assert Lead.objects.values().get(pk=lead.pk) == before


def test_a_connection_that_is_not_set_up_is_passed_over(
    site: Site, connection: Connection, wire: Wire
) -> None:
    connection.refresh_token = ""
    connection.save()

    assert reconcile_all(30, 100, Deadline(60)) == []


def test_a_comparison_pays_from_its_own_share(
    site: Site, connection: Connection, wire: Wire
) -> None:
    wire.on(ASK, NONE)
    row = Reconciliation.objects.create(
        destination=site.destination,
        module="Leads",
        since=timezone.now() - timedelta(days=1),
        started_at=timezone.now(),
        credits=40,
    )

    Comparison(row, connection, 1, Deadline(60)).run()

    assert row.credits == 40  # the leads' side may cost two


def test_a_lead_that_was_converted_is_not_missing(site: Site, wire: Wire) -> None:
    converted, missing = delivered(site, zoho_id="61"), delivered(site, zoho_id="62")
    wire.on(ASK, NONE)
    wire.on("GET /crm/v8/Leads", reply(200, {"data": [{"id": "61"}]}))

    row = run()

    assert sorted(found(row)) == [
        (Kind.CONVERTED, converted.pk, "61"),
        (Kind.MISSING, missing.pk, "62"),
    ]
    [asked] = wire.seen("GET /crm/v8/Leads")
    assert "converted=true" in asked.path


@pytest.mark.parametrize("play", [NONE, reply(200, {"data": []}), reply(200, {"data": [5]})])
def test_where_zoho_shows_no_converted_record_none_was(site: Site, wire: Wire, play: Play) -> None:
    lead = delivered(site, zoho_id="61")
    wire.on(ASK, NONE)
    wire.on("GET /crm/v8/Leads", play)

    assert found(run()) == [(Kind.MISSING, lead.pk, "61")]


@pytest.mark.parametrize(
    ("play", "ends"),
    [
        (reply(500, {"code": "INTERNAL_ERROR"}), False),
        (reply(503, b"<html>"), False),
        (reply(429, {"code": "TOO_MANY_REQUESTS"}), False),
        (reply(200, b""), False),
        (hang_up, False),
        (reply(400, {}), False),
        (reply(400, {"code": "INVALID_DATA"}), True),
        (reply(401, {"code": "OAUTH_SCOPE_MISMATCH"}), True),
        (reply(403, {"code": "NO_PERMISSION"}), True),
    ],
)
def test_where_zoho_does_not_say_what_was_converted_no_lead_is_called_missing(
    site: Site, wire: Wire, play: Play, ends: bool
) -> None:
    lead = delivered(site, zoho_id="61")
    wire.on(ASK, NONE)
    wire.on("GET /crm/v8/Leads", play, reply(200, {"data": [{"id": "61"}]}))

    row = run()

    assert (found(row), row.leads, row.ended_at is not None) == ([], int(ends), ends)
    assert row.error
    if not ends:
        assert found(run()) == [(Kind.CONVERTED, lead.pk, "61")], "it goes on where it was"


def test_what_zoho_refused_to_say_of_converted_records_is_not_asked_for_an_hour(
    site: Site, wire: Wire
) -> None:
    delivered(site, zoho_id="61")
    wire.on(ASK, NONE)
    wire.on("GET /crm/v8/Leads", reply(401, {"code": "OAUTH_SCOPE_MISMATCH"}))
    first = run()

    again = run()

    assert len(wire.seen("GET /crm/v8/Leads")) == 1
    assert (found(again), again.error) == ([], first.error)
    assert again.credits == first.credits - 1
    Rest.objects.update(until=timezone.now())
    run()
    assert len(wire.seen("GET /crm/v8/Leads")) == 2
