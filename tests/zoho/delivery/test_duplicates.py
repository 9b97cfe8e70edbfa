"""Records that are in Zoho already: asked about before the insert, updated by policy."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from leads.clock import Deadline
from leads.delivery.claim import claim
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall, Destination, Lead, Preferences, Site
from leads.reasons import Reason
from tests.factories import make_lead, make_site
from tests.zoho.wire import (
    Play,
    Wire,
    duplicate,
    hang_up,
    metadata,
    reply,
    stored,
)
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.delivery import duplicates
from zoho.gateway import ZohoGateway
from zoho.models import Connection, Mapping

ASK = "POST /crm/v8/coql"
INSERT = "POST /crm/v8/Leads"
UPDATE = "PUT /crm/v8/Leads/777"
UPDATED = reply(200, {"data": [{"code": "SUCCESS", "details": {"id": "777"}, "status": "success"}]})
Policy = Site.DuplicatePolicy


def rows(*found: tuple[str, str], more: bool = False) -> Play:
    """Zoho's answer to a question: ids and addresses."""
    data = [{"id": record, "Email": address} for record, address in found]
    return reply(200, {"data": data, "info": {"more_records": more}})


@pytest.fixture
def caller(connection: Connection) -> Caller:
    return Caller(connection, Deadline(5))


@pytest.fixture
def site(destination: Destination, connection: Connection) -> Site:
    return make_site(destination=destination)


@pytest.fixture
def asking(site: Site) -> Site:
    """A site about whose leads Zoho is asked."""
    preferences = Preferences.load()
    preferences.refuse_duplicate_emails = preferences.ask_zoho_for_duplicates = True
    preferences.save()
    return site


def deliver(destination: Destination) -> list[Outcome]:
    batch = claim(destination, 100, 0.0)
    assert batch is not None
    return ZohoGateway().deliver(batch, Deadline(40))


def queries(wire: Wire) -> list[str]:
    return [request.json["select_query"] for request in wire.seen(ASK)]


# --- The question ----------------------------------------------------------------------------


def test_the_oldest_record_of_each_address_is_found(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, rows(("1", "Ada@Example.com"), ("2", "ada@example.com")))

    found = duplicates.find(caller, "Leads", ["ada@example.com", "bob@example.com"])

    assert {address: row["id"] for address, row in found.items()} == {"ada@example.com": "1"}


def test_no_address_is_no_question(caller: Caller, wire: Wire) -> None:
    assert duplicates.find(caller, "Leads", ["", ""]) == {}
    assert not wire.requests


def test_nothing_is_found_when_zoho_says_204(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(204))

    assert duplicates.find(caller, "Leads", ["ada@example.com"]) == {}


def test_a_row_without_an_id_is_no_record(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(200, {"data": [{"Email": "ada@example.com"}]}))

    assert duplicates.find(caller, "Leads", ["ada@example.com"]) == {}


def test_a_hundred_addresses_are_two_questions(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(204))

    duplicates.find(caller, "Leads", [f"a{n}@example.com" for n in range(100)])

    assert [query.count("@example.com") for query in queries(wire)] == [50, 50]


def test_addresses_that_a_full_page_crowded_out_are_asked_about_again(
    caller: Caller, wire: Wire
) -> None:
    wire.on(ASK, rows(("1", "a@x.com"), ("2", "a@x.com"), more=True), rows(("3", "b@x.com")))

    found = duplicates.find(caller, "Leads", ["a@x.com", "b@x.com"])

    assert {row["id"] for row in found.values()} == {"1", "3"}
    assert "a@x.com" not in queries(wire)[1]


def test_pages_that_lead_nowhere_end(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, rows(("1", "other@x.com"), more=True))

    duplicates.find(caller, "Leads", ["a@x.com"])

    assert len(wire.seen(ASK)) == 1


def test_an_address_cannot_widen_the_question(caller: Caller, wire: Wire) -> None:
    wire.on(ASK, reply(204))

    duplicates.find(caller, "Leads", ["x') or (id is not null\\", "o'neil@x.com\n"])

    (query,) = queries(wire)
    plain = re.sub(r"'(?:[^'\\]|\\.)*'", "?", query, flags=re.DOTALL)
    assert plain == "select id, Email from Leads where Email in (?, ?) order by id asc limit 200"


@pytest.mark.parametrize("play", [reply(400, {"code": "SYNTAX_ERROR"}), reply(503), hang_up])
def test_a_question_without_an_answer_is_raised(caller: Caller, wire: Wire, play: Play) -> None:
    wire.on(ASK, play)

    with pytest.raises(CallFailed):
        duplicates.find(caller, "Leads", ["ada@example.com"])


# --- Before the insert ------------------------------------------------------------------------


def test_one_question_serves_the_whole_batch(
    asking: Site, destination: Destination, wire: Wire
) -> None:
    for name in ("ada", "bob", "eve"):
        make_lead(site=asking, data={"last_name": name, "email": f"{name}@x.com"})
    wire.on(ASK, rows(("777", "bob@x.com")))
    wire.on(INSERT, stored("1", "2"))

    outcomes = deliver(destination)

    assert len(wire.seen(ASK)) == 1
    assert [one.zoho_id or one.duplicate_id for one in outcomes] == ["1", "777", "2"]


def test_a_lead_whose_record_exists_is_held(
    asking: Site, destination: Destination, wire: Wire
) -> None:
    make_lead(site=asking, data={"last_name": "Ada", "email": "Ada@X.com"})
    wire.on(ASK, rows(("777", "ada@x.com")))

    (outcome,) = deliver(destination)

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.DUPLICATE_EMAIL)
    assert (outcome.duplicate_id, outcome.sent) == ("777", False)
    assert not wire.seen(INSERT)


def test_by_policy_it_updates_the_record_and_leaves_the_reference_out(
    asking: Site, destination: Destination, wire: Wire
) -> None:
    Site.objects.update(duplicate_policy=Policy.UPDATE)
    make_lead(site=asking, data={"last_name": "Ada", "email": "ada@x.com"})
    wire.on(ASK, rows(("777", "ada@x.com")))
    wire.on(UPDATE, UPDATED)

    (outcome,) = deliver(destination)

    assert (outcome.verdict, outcome.zoho_id) == (Verdict.STORED, "777")
    (request,) = wire.seen(UPDATE)
    assert request.records == [{"Last_Name": "Ada", "Email": "ada@x.com"}]


def test_an_update_keeps_what_the_options_say_of_new_records_to_itself(
    asking: Site, destination: Destination, wire: Wire
) -> None:
    options = {"trigger": [], "lar_id": "5", "Owner": {"id": "6"}, "Tag": [{"name": "web"}]}
    Site.objects.update(duplicate_policy=Policy.UPDATE, options=options)
    make_lead(site=asking, data={"last_name": "Ada", "email": "ada@x.com"})
    wire.on(ASK, rows(("777", "ada@x.com")))
    wire.on(UPDATE, UPDATED)

    deliver(destination)

    (request,) = wire.seen(UPDATE)
    record = {"Last_Name": "Ada", "Email": "ada@x.com"}
    assert request.json == {"trigger": [], "data": [record]}


def describe_tag_and_owner(wire: Wire) -> None:
    plain = {"Last_Name": "text", "Email": "email", "Tag": "text", "Owner": "ownerlookup"}
    fields = [{"api_name": name, "data_type": kind, "length": 99} for name, kind in plain.items()]
    fields += [{"api_name": "Description", "data_type": "textarea", "length": 2000}]
    fields += [{"api_name": "Lead_Ref", "data_type": "text", "length": 99, "unique": {"a": True}}]
    wire.on("GET /crm/v8/settings/fields", reply(200, {"fields": fields}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Tag", [{"name": "from the lead"}]),
        ("Tag", [{"name": "web"}]),  # by chance what the options say
        ("Owner", {"id": "8"}),
        ("Owner", {"id": "6"}),
    ],
)
def test_an_update_writes_what_a_rule_filled_though_the_options_name_the_key(
    asking: Site, destination: Destination, wire: Wire, key: str, value: Any
) -> None:
    options = {"Owner": {"id": "6"}, "Tag": [{"name": "web"}]}
    Site.objects.update(duplicate_policy=Policy.UPDATE, options=options)
    rules = [("last_name", "Last_Name"), ("email", "Email"), ("own", key)]
    rows_of = [{"source": source, "target": target} for source, target in rules]
    Mapping.objects.create(site=asking, rules=rows_of)
    describe_tag_and_owner(wire)
    make_lead(site=asking, data={"last_name": "Ada", "email": "ada@x.com", "own": value})
    wire.on(ASK, rows(("777", "ada@x.com")))
    wire.on(UPDATE, UPDATED)

    (outcome,) = deliver(destination)

    (request,) = wire.seen(UPDATE)
    [record] = request.records
    assert record[key] == value
    assert outcome.left_out == {"Lead_Ref", "Owner", "Tag"} - {key}, "it is read back"


@pytest.mark.parametrize(
    ("ruled", "verdict"), [(False, Verdict.SITE_FAULT), (True, Verdict.REFUSED)]
)
def test_a_refused_tag_is_the_fault_of_who_named_it(
    site: Site, destination: Destination, wire: Wire, ruled: bool, verdict: Verdict
) -> None:
    Site.objects.update(options={"Tag": [{"name": "a tag of the shop's summer campaign"}]})
    rules = [{"source": "last_name", "target": "Last_Name"}]
    rules += [{"source": "own", "target": "Tag"}] if ruled else []
    Mapping.objects.create(site=site, rules=rules)
    describe_tag_and_owner(wire)
    tag = [{"name": "a tag of the shop's summer"[:25]}]
    make_lead(site=site, data={"last_name": "Ada"} | ({"own": tag} if ruled else {}))
    details = {"api_name": "Tag", "json_path": "$.data[0].Tag[0].name"}
    item = {"code": "INVALID_DATA", "details": details, "message": "invalid data"}
    wire.on(INSERT, reply(400, {"data": [item | {"status": "error"}]}))

    (outcome,) = deliver(destination)

    assert outcome.verdict is verdict


@pytest.mark.parametrize(
    ("play", "verdict"),
    [
        (reply(503), None),
        (reply(400, {"code": "SYNTAX_ERROR", "status": "error"}), Verdict.SITE_FAULT),
        (reply(200, b"<html>"), Verdict.NOT_SENT),
        (hang_up, Verdict.NOT_SENT),
        (reply(429, {"code": "TOO_MANY_REQUESTS"}), Verdict.THROTTLED),
    ],
)
def test_while_zoho_does_not_say_no_lead_of_the_batch_is_inserted(
    asking: Site, destination: Destination, wire: Wire, play: Play, verdict: Verdict | None
) -> None:
    make_lead(site=asking, data={"last_name": "Ada", "email": "ada@x.com"})
    make_lead(site=asking, data={"last_name": "No address"})
    wire.on(ASK, play)

    outcomes = deliver(destination)

    assert {one.verdict for one in outcomes} == {verdict or outcomes[0].verdict}
    assert not any(one.verdict in (Verdict.STORED, Verdict.REFUSED) for one in outcomes)
    assert not wire.seen(INSERT)


def never(lead: Lead) -> None:
    """The preferences do not want it."""
    Preferences.objects.update(ask_zoho_for_duplicates=False)


def send_anyway(lead: Lead) -> None:
    """The site does not mind."""
    Site.objects.update(duplicate_policy=Policy.SEND)


def skip(lead: Lead) -> None:
    """A person said so."""
    Lead.objects.update(skip_duplicate_rule=True)


@pytest.mark.parametrize("exempt", [never, send_anyway, skip])
def test_where_nobody_wants_to_know_nothing_is_asked(
    asking: Site, destination: Destination, wire: Wire, exempt: Any
) -> None:
    exempt(make_lead(site=asking, data={"last_name": "Ada", "email": "ada@x.com"}))

    (outcome,) = deliver(destination)

    assert outcome.verdict is Verdict.STORED
    assert not wire.seen(ASK)


def test_a_module_without_an_address_is_not_asked(
    asking: Site, destination: Destination, wire: Wire
) -> None:
    make_lead(site=asking, data={"last_name": "Ada", "email": "ada@x.com"})
    plain = [{"api_name": "Last_Name", "data_type": "text", "length": 80}]
    text = [{"api_name": "Description", "data_type": "textarea", "length": 32000}]
    wire.on("GET /crm/v8/settings/fields", reply(200, {"fields": plain + text}))

    deliver(destination)

    assert not wire.seen(ASK)


# --- After the insert -------------------------------------------------------------------------


@pytest.fixture
def updating(site: Site, wire: Wire) -> Lead:
    """A lead of a site that updates; another unique field is in the way of its insert."""
    Site.objects.update(duplicate_policy=Policy.UPDATE)
    wire.on("GET /crm/v8/settings/fields", metadata("Lead_Ref", "Zip_Code"))
    wire.on(INSERT, duplicate("Zip_Code", "777"))
    return make_lead(site=site, data={"last_name": "Ada", "zip": "8010"})


@pytest.mark.usefixtures("updating")
def test_the_record_that_the_answer_names_is_updated(destination: Destination, wire: Wire) -> None:
    wire.on(UPDATE, UPDATED)

    (outcome,) = deliver(destination)

    assert (outcome.verdict, outcome.zoho_id) == (Verdict.STORED, "777")
    assert ApiCall.objects.filter(kind=ApiCall.Kind.UPDATE).get().status == 200


@pytest.mark.parametrize(
    ("play", "verdict"),
    [
        (reply(400, {"data": [{"code": "INVALID_DATA", "status": "error"}]}), Verdict.REFUSED),
        (reply(429, {"code": "TOO_MANY_REQUESTS"}), Verdict.THROTTLED),
        (reply(500, {"code": "INTERNAL_ERROR", "status": "error"}), None),
        (reply(200, b"<html>"), Verdict.UNKNOWN),
        (hang_up, Verdict.UNKNOWN),
    ],
)
@pytest.mark.usefixtures("updating")
def test_an_update_that_failed_is_no_delivery_and_names_the_record(
    destination: Destination, wire: Wire, play: Play, verdict: Verdict | None
) -> None:
    wire.on(UPDATE, play)

    (outcome,) = deliver(destination)

    assert outcome.verdict is (verdict or outcome.verdict) is not Verdict.STORED
    assert outcome.duplicate_id == "777"


@pytest.mark.usefixtures("updating")
def test_without_time_for_it_the_update_follows_later(
    destination: Destination, wire: Wire, settings: Any
) -> None:
    settings.SEND_TIMEOUT = 2

    def late(handler: Any) -> None:
        time.sleep(1.9)
        duplicate("Zip_Code", "777")(handler)

    wire.on(INSERT, late)

    (outcome,) = deliver(destination)

    assert (outcome.verdict, outcome.duplicate_id) == (Verdict.NOT_SENT, "777")
    assert not wire.seen(UPDATE)


def test_what_a_person_wants_updated_goes_as_the_batchs_own_call(
    site: Site, destination: Destination, wire: Wire
) -> None:
    make_lead(site=site, data={"last_name": "Ada"}, update_existing=True, in_the_way="777")
    wire.on(UPDATE, UPDATED)
    batch = claim(destination, 100, 0.0)
    assert batch is not None

    (outcome,) = ZohoGateway().deliver(batch, Deadline(40))

    assert outcome.zoho_id == "777"
    assert (batch.call.kind, batch.call.status) == ("update", 200)
    assert len(wire.seen("PUT")) == 1
    assert not wire.seen(INSERT)


@pytest.mark.parametrize(
    "play", [reply(204), reply(404), reply(200, b"<html>"), reply(200, {"data": [7]})]
)
def test_a_record_that_zoho_does_not_show_may_be_ours(
    site: Site, destination: Destination, wire: Wire, play: Play
) -> None:
    make_lead(site=site, data={"last_name": "Ada"}, maybe_landed=True, landed_revision=0)
    wire.on(INSERT, duplicate("Zip_Code", "777"))
    wire.on("GET /crm/v8/Leads/777", play)

    (outcome,) = deliver(destination)

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.OUTCOME_UNKNOWN)
