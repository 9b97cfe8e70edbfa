"""A batch of leads in, one outcome a lead out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from leads.clock import Deadline
from leads.delivery.claim import claim
from leads.delivery.drain import Drain
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.delivery.prefetch import InFlightCall
from leads.models import ApiCall, ApiLog, Destination, Lead, Site
from leads.reasons import Reason
from leads.signals import destination_paused
from tests.factories import make_lead, make_site
from tests.fakes import FakeClock
from tests.zoho.conftest import ACCESS
from tests.zoho.wire import (
    INVALID_TOKEN,
    Wire,
    duplicate,
    hang_up,
    metadata,
    reply,
    silence,
    stored,
)
from zoho.api import client
from zoho.delivery.before_insert import BeforeInsert
from zoho.fit import fields
from zoho.gateway import ZohoGateway
from zoho.models import Connection, ModuleFields

SECOND = "canary-second-token"
INSERT = "POST /crm/v8/Leads"
FIELDS = "GET /crm/v8/settings/fields"
REFRESH = "POST /oauth/v2/token"

Deliver = Callable[..., list[Outcome]]


@pytest.fixture
def site(destination: Destination, connection: Connection) -> Site:
    return make_site(destination=destination)


@pytest.fixture
def lead(site: Site) -> Lead:
    return make_lead(site=site, data={"contact_name": "Ana Silva", "budget": "5"})


@pytest.fixture
def claimed(destination: Destination) -> Callable[[], Batch]:
    def take() -> Batch:
        batch = claim(destination, 100, 0.0)
        assert batch is not None
        return batch

    return take


@pytest.fixture
def deliver(claimed: Callable[[], Batch], settings: Any) -> Deliver:
    """Claims what is due and delivers it; a call may take so many seconds."""

    def run(seconds: float = 10, batch: Batch | None = None) -> list[Outcome]:
        settings.SEND_TIMEOUT = seconds
        return ZohoGateway().deliver(batch or claimed(), Deadline(seconds + 2))

    return run


def open_calls() -> list[str]:
    """The kinds of the calls that nobody closed; the insert is closed by `finish`."""
    return list(ApiCall.objects.filter(ended_at=None).values_list("kind", flat=True))


# --- The insert ------------------------------------------------------------------------------


def test_a_lead_is_inserted_with_its_reference(lead: Lead, deliver: Deliver, wire: Wire) -> None:
    (outcome,) = deliver()

    (request,) = wire.seen(INSERT)
    record = {
        "First_Name": "Ana",
        "Last_Name": "Silva",
        "Description": "budget: 5",
        "Lead_Ref": str(lead.reference),
    }
    assert request.json == {"data": [record]}
    assert (outcome.verdict, outcome.zoho_id, outcome.record) == (Verdict.STORED, "61000", record)


@pytest.mark.parametrize(("told", "kept"), [("4711", 4711), ("", None), ("many", None)])
def test_the_credits_that_zoho_names_are_noted(
    lead: Lead, deliver: Deliver, claimed: Any, wire: Wire, told: str, kept: int | None
) -> None:
    added = {"code": "SUCCESS", "details": {"id": "1"}, "message": "", "status": "success"}
    wire.on(INSERT, reply(201, {"data": [added]}, **{"X-API-CREDITS-REMAINING": told}))
    batch = claimed()

    deliver(batch=batch)

    assert batch.credits_left == kept


def test_leads_travel_in_one_call_and_keep_their_order(
    site: Site, deliver: Deliver, claimed: Any, wire: Wire
) -> None:
    for number in range(3):
        make_lead(site=site, data={"last_name": f"L{number}"})
    wire.on(INSERT, stored("1", "2", "3"))
    batch = claimed()

    outcomes = deliver(batch=batch)

    (request,) = wire.seen(INSERT)
    references = [record["Lead_Ref"] for record in request.records]
    assert references == [str(lead.reference) for lead in batch.leads]
    assert [outcome.zoho_id for outcome in outcomes] == ["1", "2", "3"]


def test_a_site_has_its_own_module_and_options(
    destination: Destination, connection: Connection, deliver: Deliver, wire: Wire
) -> None:
    site = make_site(destination=destination, module="Contacts", options={"trigger": []})
    make_lead(site=site)
    wire.on("POST /crm/v8/Contacts", stored("1"))

    (outcome,) = deliver()

    assert outcome.verdict is Verdict.STORED
    assert wire.seen("POST /crm/v8/Contacts")[0].json["trigger"] == []
    assert wire.seen(FIELDS)[0].path.endswith("?module=Contacts")


def test_an_option_cannot_take_the_place_of_the_records(
    destination: Destination, connection: Connection, deliver: Deliver, wire: Wire
) -> None:
    make_lead(site=make_site(destination=destination, options={"data": []}))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.SITE_FAULT, Reason.WRONG_OPTION)
    assert not wire.requests


def test_a_correction_is_what_is_sent(lead: Lead, deliver: Deliver, wire: Wire) -> None:
    lead.revisions.create(number=1, data={"last_name": "Costa"})
    Lead.objects.update(revision=1)

    deliver()

    assert wire.seen(INSERT)[0].records[0]["Last_Name"] == "Costa"


def test_repairs_are_reported(site: Site, deliver: Deliver) -> None:
    make_lead(site=site, data={"last_name": "Silva", "zip": "12345 Springfield"})

    (outcome,) = deliver()

    assert len(outcome.repairs) == 1


def test_a_refused_record_comes_with_what_was_sent(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    item = {"code": "INVALID_DATA", "details": {"api_name": "Last_Name"}, "message": "invalid"}
    wire.on(INSERT, reply(400, {"data": [item]}))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.INVALID_VALUE)
    assert outcome.record is not None
    assert outcome.record["Last_Name"] == "Silva"


# --- Metadata and the reference --------------------------------------------------------------


def test_fields_are_read_before_the_first_send_only(
    site: Site, deliver: Deliver, wire: Wire
) -> None:
    for _ in range(2):
        make_lead(site=site)
        deliver()

    assert [one.method for one in wire.requests] == ["GET", "POST", "POST"]
    assert open_calls() == ["insert", "insert"]


def test_with_a_verified_field_a_second_send_is_safe(
    lead: Lead, deliver: Deliver, claimed: Any, destination: Destination
) -> None:
    batch = claimed()
    assert not batch.resend_is_safe

    deliver(batch=batch)

    destination.refresh_from_db()
    assert batch.resend_is_safe
    assert destination.resend_is_safe


@pytest.mark.parametrize("answer", [metadata(), metadata("Lead_Ref", kind="email")])
def test_without_one_the_reference_is_not_sent_and_a_second_send_is_not_safe(
    lead: Lead, deliver: Deliver, claimed: Any, wire: Wire, answer: Any
) -> None:
    Destination.objects.update(resend_is_safe=True)
    wire.on(FIELDS, answer)
    batch = claimed()

    (outcome,) = deliver(batch=batch)

    assert outcome.verdict is Verdict.STORED
    assert "Lead_Ref" not in wire.seen(INSERT)[0].records[0]
    assert not batch.resend_is_safe
    assert not Destination.objects.get().resend_is_safe


def test_the_name_of_the_field_is_the_connections(lead: Lead, deliver: Deliver, wire: Wire) -> None:
    Connection.objects.update(reference_field="Our_Ref")
    wire.on(FIELDS, metadata("Our_Ref"))

    deliver()

    assert wire.seen(INSERT)[0].records[0]["Our_Ref"] == str(lead.reference)


@pytest.mark.parametrize(
    "play",
    [
        hang_up,
        reply(500, b""),
        reply(200, b"<html>"),
        reply(200, {"fields": {}}),
        reply(429, b""),
    ],
)
def test_without_metadata_nothing_is_sent_for_a_while(
    lead: Lead, deliver: Deliver, wire: Wire, play: Any
) -> None:
    wire.on(FIELDS, play)

    (outcome,) = deliver()

    assert outcome.verdict is Verdict.NOT_BEGUN
    assert outcome.reason is not None
    assert outcome.wait
    assert not wire.seen(INSERT)
    assert open_calls() == ["insert"]


REFUSES_FIELDS = ["OAUTH_SCOPE_MISMATCH", "NO_PERMISSION", "SOMETHING_NEW", "INVALID_MODULE"]


@pytest.mark.parametrize("code", REFUSES_FIELDS)
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_a_token_may_not_read_stops_no_delivery(
    lead: Lead, deliver: Deliver, wire: Wire, status: int, code: str
) -> None:
    wire.on(FIELDS, reply(status, {"code": code, "details": {}}))

    (outcome,) = deliver()

    assert outcome.verdict is Verdict.STORED
    assert "Lead_Ref" not in wire.seen(INSERT)[0].records[0]
    assert not Destination.objects.get().resend_is_safe
    asked = len(wire.seen(FIELDS))
    make_lead(site=lead.site)
    deliver()
    assert len(wire.seen(FIELDS)) == asked, "it rests for an hour"


def test_before_the_first_reading_neither_its_failure_nor_its_rest_counts(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    """It is no word about inserts: those say themselves whether the destination works."""
    wire.on(FIELDS, reply(500, b""))

    (asked,) = deliver()
    make_lead(site=lead.site)
    (resting,) = deliver()

    assert (asked.verdict, asked.sent) == (Verdict.NOT_BEGUN, False)
    assert (resting.verdict, resting.sent) == (Verdict.NOT_BEGUN, False)
    assert 0 < (resting.wait or 0) <= 60
    assert len(wire.seen(FIELDS)) == 1


def test_old_metadata_serve_while_zoho_cannot_tell(
    site: Site, deliver: Deliver, wire: Wire
) -> None:
    make_lead(site=site)
    deliver()
    ModuleFields.objects.update(read_at=timezone.now() - timedelta(days=2))
    wire.on(FIELDS, reply(500, b""))
    lead = make_lead(site=site)

    (outcome,) = deliver()

    assert outcome.verdict is Verdict.STORED
    assert wire.seen(INSERT)[-1].records[0]["Lead_Ref"] == str(lead.reference)


def test_the_preview_is_what_is_sent(lead: Lead, deliver: Deliver, wire: Wire) -> None:
    deliver()

    assert ZohoGateway().preview(lead).record == wire.seen(INSERT)[0].records[0]


# --- The token -------------------------------------------------------------------------------


@pytest.fixture
def known(lead: Lead, connection: Connection) -> None:
    """The fields were read before, so that the insert is the first call."""
    names = ("Last_Name", "First_Name", "Email", "City")
    known: dict[str, Any] = {name: {"type": "text"} for name in names}
    known["Description"] = {"type": "textarea", "length": 32000}
    known["Lead_Ref"] = {"type": "text", "unique": True}
    fields.store(connection, "Leads", known, timezone.now())


@pytest.mark.usefixtures("known")
def test_a_refused_token_is_replaced_once_and_the_request_sent_once_more(
    deliver: Deliver, wire: Wire
) -> None:
    wire.on(INSERT, INVALID_TOKEN, stored("61000"))

    (outcome,) = deliver()

    assert outcome.verdict is Verdict.STORED
    assert len(wire.seen(REFRESH)) == 1
    assert [one.headers["Authorization"].split()[-1] for one in wire.seen(INSERT)] == [
        ACCESS,
        "canary-second-token",
    ]
    assert wire.seen(INSERT)[0].body == wire.seen(INSERT)[1].body


@pytest.mark.usefixtures("known")
def test_each_request_is_a_call_and_all_but_the_last_are_closed(
    deliver: Deliver, claimed: Any, wire: Wire
) -> None:
    wire.on(INSERT, INVALID_TOKEN, stored("61000"))
    batch = claimed()

    deliver(batch=batch)

    calls = list(ApiCall.objects.order_by("pk").values_list("kind", "status", "leads"))
    assert calls == [("insert", 401, 1), ("token", 200, 0), ("insert", None, 1)]
    assert open_calls() == ["insert"]
    assert batch.call.status == 201
    assert batch.call.claim == batch.token


@pytest.mark.usefixtures("known")
def test_a_fresh_token_that_is_refused_too_is_a_fault_of_the_destination(
    deliver: Deliver, wire: Wire
) -> None:
    wire.on(INSERT, INVALID_TOKEN)

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED)
    assert (len(wire.seen(INSERT)), len(wire.seen(REFRESH))) == (2, 1)


@pytest.mark.usefixtures("known")
def test_a_missing_scope_is_no_reason_for_a_new_token(deliver: Deliver, wire: Wire) -> None:
    wire.on(INSERT, reply(401, {"code": "OAUTH_SCOPE_MISMATCH", "details": {}}))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.SCOPE_MISSING)
    assert not wire.seen(REFRESH)


@pytest.mark.usefixtures("known")
def test_a_refresh_that_fails_leaves_the_refused_call_as_the_evidence(
    deliver: Deliver, claimed: Any, wire: Wire
) -> None:
    wire.on(INSERT, INVALID_TOKEN)
    wire.on(REFRESH, reply(200, {"error": "invalid_code"}))
    batch = claimed()

    (outcome,) = deliver(batch=batch)

    assert outcome.reason == Reason.TOKEN_REVOKED
    assert batch.call.status == 401
    assert ApiCall.objects.filter(kind="insert").count() == 1


def test_a_token_refused_for_the_metadata_leaves_no_call_open(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    wire.on(FIELDS, INVALID_TOKEN, metadata("Lead_Ref"))

    (outcome,) = deliver()

    assert outcome.verdict is Verdict.STORED
    statuses = ApiCall.objects.filter(kind="metadata").order_by("pk")
    assert list(statuses.values_list("status", flat=True)) == [401, 200]
    assert open_calls() == ["insert"]


def test_a_call_that_never_left_is_not_on_record(lead: Lead, deliver: Deliver, wire: Wire) -> None:
    Connection.objects.update(access_expires_at=timezone.now())
    wire.on(REFRESH, reply(200, {"error": "invalid_code"}))

    (outcome,) = deliver()

    assert outcome.reason == Reason.TOKEN_REVOKED
    assert sorted(ApiCall.objects.values_list("kind", flat=True)) == ["insert", "token"]
    assert not wire.seen(FIELDS)
    assert not wire.seen(INSERT)


# --- No answer -------------------------------------------------------------------------------


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("play", [hang_up, silence(2), reply(200, b"<html>"), reply(502, b"")])
def test_an_insert_without_an_answer_is_unknown_for_each_lead(
    site: Site, deliver: Deliver, wire: Wire, play: Any
) -> None:
    make_lead(site=site)
    wire.on(INSERT, play)

    outcomes = deliver(seconds=0.7)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.UNKNOWN] * 2
    assert len(wire.seen(INSERT)) == 1


def test_no_insert_is_begun_where_it_would_not_have_its_whole_time(
    lead: Lead, claimed: Callable[[], Batch], wire: Wire, settings: Any
) -> None:
    settings.SEND_TIMEOUT = 1.0

    def late(handler: Any) -> None:
        time.sleep(0.5)
        metadata("Lead_Ref")(handler)

    wire.on("GET /crm/v8/settings/fields", late)
    batch = claimed()

    (outcome,) = ZohoGateway().deliver(batch, Deadline(1.3))
    assert (outcome.verdict, outcome.sent) == (Verdict.NOT_BEGUN, False)
    assert not wire.seen(INSERT)

    (outcome,) = ZohoGateway().deliver(batch, Deadline(1.3))
    assert outcome.verdict is Verdict.STORED


@pytest.mark.usefixtures("known")
def test_an_insert_that_reached_nobody_was_not_sent(deliver: Deliver, wire: Wire) -> None:
    Connection.objects.update(api_domain="http://127.0.0.1:9")

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.NOT_SENT, Reason.NOT_REACHED)


@pytest.mark.usefixtures("known")
def test_an_api_address_that_is_none_was_not_sent(deliver: Deliver, wire: Wire) -> None:
    Connection.objects.update(api_domain="www.zohoapis.com")

    assert deliver()[0].verdict is Verdict.NOT_SENT


# --- No connection ---------------------------------------------------------------------------


def test_without_a_connection_the_destination_is_at_fault(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    Connection.objects.all().delete()

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED)
    assert not wire.requests


def test_secrets_that_no_key_opens_pause_the_destination_and_fail_no_lead(
    lead: Lead, deliver: Deliver, wire: Wire, settings: Any
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED)
    assert "FIELD_KEYS" in outcome.text
    assert not wire.requests


def test_revoked_credentials_pause_the_destination_tell_once_and_keep_the_leads(
    site: Site, wire: Wire, destination: Destination
) -> None:
    for _ in range(3):
        make_lead(site=site)
    Connection.objects.update(access_expires_at=timezone.now())
    wire.on(REFRESH, reply(200, {"error": "invalid_code"}))
    heard = []

    def listen(reason: str, **kwargs: Any) -> None:
        heard.append(reason)

    destination_paused.connect(listen)
    try:
        for _ in range(3):
            Drain(destination.pk, ZohoGateway(), lambda: 0.5).run(Deadline(55))
            Destination.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
    finally:
        destination_paused.disconnect(listen)

    assert heard == [Reason.TOKEN_REVOKED]
    assert set(Lead.objects.values_list("status", "attempts")) == {("queued", 0)}
    inserts = ApiCall.objects.filter(kind="insert").order_by("pk")
    assert [call.leads for call in inserts] == [3, 1, 1]


# --- A second look at one record -------------------------------------------------------------

RECORD = "/crm/v8/Leads/61000"
UPDATED = reply(200, {"data": [{"code": "SUCCESS", "details": {"id": "61000"}}]})


def landed(lead: Lead, revision: int | None, now_at: int = 0) -> None:
    """An earlier try may have stored this revision; `now_at` is the newest one."""
    Lead.objects.filter(pk=lead.pk).update(
        maybe_landed=revision is not None, landed_revision=revision, revision=now_at
    )
    if now_at:
        lead.revisions.create(number=now_at, data={"last_name": "Costa", "city": "Rome"})


def test_what_may_have_landed_is_not_sent_without_the_reference(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0)
    wire.on(FIELDS, metadata())
    wire.on(INSERT, stored("61000"))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.OUTCOME_UNKNOWN)
    assert not outcome.sent
    assert wire.seen(INSERT) == []


@pytest.mark.usefixtures("known")
def test_an_own_duplicate_is_a_delivery_without_another_call(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0)
    wire.on(INSERT, duplicate("Lead_Ref", "61000"))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.zoho_id) == (Verdict.STORED, "61000")
    assert len(wire.requests) == 1


@pytest.mark.usefixtures("known")
def test_a_correction_is_put_over_what_had_landed_before_it_counts_as_delivered(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0, now_at=1)
    wire.on(INSERT, duplicate("Lead_Ref", "61000"))
    wire.on(f"PUT {RECORD}", UPDATED)

    (outcome,) = deliver()

    (update,) = wire.seen("PUT")
    assert update.path == RECORD
    assert (update.records[0]["Last_Name"], update.records[0]["City"]) == ("Costa", "Rome")
    assert (outcome.verdict, outcome.zoho_id) == (Verdict.STORED, "61000")
    assert open_calls() == ["insert"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("play", "verdict"),
    [
        (hang_up, Verdict.UNKNOWN),
        (reply(500, b""), Verdict.UNKNOWN),
        (reply(429, b""), Verdict.THROTTLED),
        (reply(400, {"data": [{"code": "INVALID_DATA", "details": {}}]}), Verdict.REFUSED),
    ],
)
def test_while_the_correction_cannot_be_put_the_lead_is_not_delivered(
    lead: Lead, deliver: Deliver, wire: Wire, play: Any, verdict: Verdict
) -> None:
    landed(lead, 0, now_at=1)
    wire.on(INSERT, duplicate("Lead_Ref", "61000"))
    wire.on(f"PUT {RECORD}", play)

    assert deliver()[0].verdict is verdict
    assert open_calls() == ["insert"]


def record_with(reference: object) -> Any:
    return reply(200, {"data": [{"id": "61000", "Lead_Ref": str(reference)}]})


@pytest.mark.usefixtures("known")
def test_another_field_in_the_way_may_be_our_own_record(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0)
    wire.on(INSERT, duplicate("Email", "61000"))
    wire.on(f"GET {RECORD}", record_with(lead.reference))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.zoho_id) == (Verdict.STORED, "61000")


@pytest.mark.usefixtures("known")
def test_our_own_record_behind_another_field_is_brought_up_to_date_too(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0, now_at=1)
    wire.on(INSERT, duplicate("Email", "61000"))
    wire.on(f"GET {RECORD}", record_with(lead.reference))
    wire.on(f"PUT {RECORD}", UPDATED)

    (outcome,) = deliver()

    assert outcome.verdict is Verdict.STORED
    assert wire.seen("PUT")[0].records[0]["Last_Name"] == "Costa"


@pytest.mark.usefixtures("known")
def test_a_record_that_is_not_ours_is_a_duplicate_for_a_person(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0)
    wire.on(INSERT, duplicate("Email", "61000"))
    wire.on(f"GET {RECORD}", record_with("somebody else's"))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.DUPLICATE_RECORD)
    assert outcome.duplicate_id == "61000"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "play", [reply(204, b""), reply(400, b""), reply(403, b""), reply(404, b""), reply(200, b"[]")]
)
def test_a_record_that_zoho_will_not_show_leaves_the_outcome_to_a_person(
    lead: Lead, deliver: Deliver, wire: Wire, play: Any
) -> None:
    landed(lead, 0)
    wire.on(INSERT, duplicate("Email", "61000"))
    wire.on(f"GET {RECORD}", play)

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.OUTCOME_UNKNOWN)
    assert outcome.duplicate_id == "61000"
    assert "61000" in outcome.text


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("play", [hang_up, reply(503, b""), reply(429, b"")])
def test_while_the_record_in_the_way_cannot_be_read_nothing_is_decided(
    lead: Lead, deliver: Deliver, wire: Wire, play: Any
) -> None:
    landed(lead, 0)
    wire.on(INSERT, duplicate("Email", "61000"))
    wire.on(f"GET {RECORD}", play)

    assert deliver()[0].verdict in (Verdict.UNKNOWN, Verdict.THROTTLED)
    assert open_calls() == ["insert"]


@pytest.mark.usefixtures("known")
def test_a_first_try_is_not_compared(lead: Lead, deliver: Deliver, wire: Wire) -> None:
    wire.on(INSERT, duplicate("Email", "61000"))

    (outcome,) = deliver()

    assert outcome.reason == Reason.DUPLICATE_RECORD
    assert not wire.seen("GET")


@pytest.mark.usefixtures("known")
def test_without_time_for_it_the_second_look_waits(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0)

    def late(handler: Any) -> None:
        time.sleep(1.9)
        duplicate("Email", "61000")(handler)

    wire.on(INSERT, late)

    assert deliver(seconds=2)[0].verdict is Verdict.UNKNOWN
    assert not wire.seen("GET")


@pytest.mark.usefixtures("known")
def test_a_token_refused_at_the_second_look_leaves_no_call_open(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    landed(lead, 0)
    wire.on(INSERT, duplicate("Email", "61000"))
    wire.on(f"GET {RECORD}", INVALID_TOKEN, record_with(lead.reference))

    assert deliver()[0].verdict is Verdict.STORED
    assert open_calls() == ["insert"]


# --- Nothing of it all on record -------------------------------------------------------------


@pytest.mark.usefixtures("known")
def test_no_token_and_no_secret_is_in_any_row(
    site: Site, destination: Destination, wire: Wire
) -> None:
    wire.on(INSERT, INVALID_TOKEN, reply(401, {"code": "INVALID_TOKEN", "message": SECOND}))

    Drain(destination.pk, ZohoGateway(), lambda: 0.5).run(Deadline(55))

    rows = [
        *ApiCall.objects.values(),
        *ApiLog.objects.values(),
        *Lead.objects.values("reason_text"),
    ]
    assert len(wire.seen(INSERT)) == 2
    assert "canary" not in str(rows)


# --- Pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accounts", "address"),
    [
        ("https://accounts.zoho.eu", "https://crm.zoho.eu/crm/tab/Leads/61000"),
        ("https://accounts.zoho.com.au", "https://crm.zoho.com.au/crm/tab/Leads/61000"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/records/Leads/61000"),
    ],
)
def test_where_people_see_the_record(site: Site, accounts: str, address: str) -> None:
    Connection.objects.update(accounts_url=accounts)
    lead = make_lead(site=site, status="delivered", zoho_id="61000")

    assert ZohoGateway().record_url(lead) == address


def test_a_lead_without_a_record_has_no_page(lead: Lead) -> None:
    assert ZohoGateway().record_url(lead) == ""


# --- In its turn ---------------------------------------------------------------------------------


def test_every_call_of_a_batch_is_made_in_its_turn(
    lead: Lead, claimed: Callable[[], Batch], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.on(FIELDS, metadata("Last_Name", "First_Name"))
    wire.on(INSERT, INVALID_TOKEN, stored("61000"))
    batch, held = claimed(), []
    send = client.send

    def watched(call: ApiCall, *args: Any, **content: Any) -> client.ZohoAnswer:
        held.append((call.kind, batch.in_flight.calls.lock.locked()))
        return send(call, *args, **content)

    monkeypatch.setattr(client, "send", watched)
    ZohoGateway().deliver(batch, Deadline(55))

    of_the_api = [(kind, owned) for kind, owned in held if kind != "token"]
    assert of_the_api == [("metadata", True), ("insert", True), ("insert", True)]


@pytest.mark.usefixtures("known")
def test_after_a_call_that_failed_the_next_one_waits(
    lead: Lead, claimed: Callable[[], Batch], wire: Wire
) -> None:
    batch = claimed()
    InFlightCall(batch.in_flight.calls).fail()

    (outcome,) = ZohoGateway().deliver(batch, Deadline(55))

    assert (outcome.verdict, outcome.sent) == (Verdict.NOT_BEGUN, False)
    assert not wire.seen(INSERT)
    assert batch.call.leads == 0


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        (stored("61000"), 0),
        (duplicate("Email", "61000"), 0),
        (hang_up, 1),
        (reply(429, {"code": "TOO_MANY_REQUESTS"}), 1),
        (reply(500, {}), 1),
    ],
)
def test_a_call_that_fails_as_a_whole_is_noted(
    lead: Lead, claimed: Callable[[], Batch], wire: Wire, answer: Any, faults: int
) -> None:
    wire.on(INSERT, answer)
    batch = claimed()
    ZohoGateway().deliver(batch, Deadline(55))

    assert batch.in_flight.calls.faults == faults


@pytest.mark.usefixtures("known")
def test_a_call_begins_when_its_turn_has_come(
    lead: Lead, claimed: Callable[[], Batch], wire: Wire
) -> None:
    clock = FakeClock()

    class Late(InFlightCall):
        def __enter__(self) -> InFlightCall:
            clock.sleep(3)
            return super().__enter__()

    wire.on(INSERT, stored("61000"))
    batch = claimed()
    batch.in_flight, before = Late(), batch.call.started_at
    ZohoGateway().deliver(batch, Deadline(55, clock))

    assert batch.call.started_at - before >= timedelta(seconds=3)


@pytest.mark.usefixtures("known")
def test_what_begins_after_a_wait_has_the_whole_time_of_a_call(
    lead: Lead, claimed: Callable[[], Batch], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, left = FakeClock(), []

    class Late(InFlightCall):
        def __enter__(self) -> InFlightCall:
            clock.sleep(20)
            return super().__enter__()

    def settle(before: BeforeInsert, _going: Any, look: bool) -> dict[int, Outcome]:
        left.append(before.caller.deadline.left())
        return {}

    monkeypatch.setattr(BeforeInsert, "settle", settle)
    wire.on(INSERT, stored("61000"))
    batch = claimed()
    batch.in_flight = Late()
    ZohoGateway().deliver(batch, Deadline(55, clock))

    assert left == [30]


@pytest.mark.usefixtures("known")
def test_a_record_of_another_module_is_named_and_not_written_over(
    lead: Lead, deliver: Deliver, wire: Wire
) -> None:
    Site.objects.update(duplicate_policy="update")
    record = {"id": "61000", "module": {"api_name": "Contacts", "id": "9"}}
    details = {"api_name": "Email", "duplicate_record": record}
    item = {"code": "DUPLICATE_DATA", "details": details, "message": "duplicate data"}
    wire.on(INSERT, reply(400, {"data": [item]}))

    (outcome,) = deliver()

    assert (outcome.verdict, outcome.duplicate_id) == (Verdict.REFUSED, "61000")
    assert outcome.duplicate_module == "Contacts"
    assert not wire.seen("PUT")
