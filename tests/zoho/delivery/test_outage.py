"""An outage of Zoho's, whichever calls it hits: inserts, what prepares them, or both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection as database
from django.db.models import F
from django.utils import timezone

from leads.delivery.gateway import Gateway
from leads.models import ApiCall, ApiLog, Destination, Lead, Preferences, Site
from leads.reasons import Reason
from tests.daily import rest
from tests.factories import make_lead, make_site
from tests.leads.delivery.outage import SWEEP, World, leads_of
from zoho.api import client
from zoho.fit import fields
from zoho.fit.metadata import compact
from zoho.gateway import ZohoGateway
from zoho.models import Connection

DESCRIBED = {
    "fields": [
        {"api_name": name, "data_type": kind, "length": 255, "unique": unique}
        for name, kind, unique in (
            ("Last_Name", "text", {}),
            ("First_Name", "text", {}),
            ("Email", "email", {}),
            ("Description", "textarea", {}),
            ("Lead_Ref", "text", {"case_sensitive": False}),
        )
    ]
}
Answer = tuple[int, Any]
SERVER_ERROR: Answer = (500, {"code": "INTERNAL_ERROR", "details": {}})
PAGE: Answer = (404, "<html>")
NO_SCOPE: Answer = (401, {"code": "OAUTH_SCOPE_MISMATCH", "details": {}})


class Zoho(World):
    """A Zoho that takes a moment for a call, and stores a reference once."""

    def __init__(self, destination: Destination, jitter: float) -> None:
        super().__init__(destination, jitter)
        self.took = 0.3
        self.faults: dict[str, Answer] = {}
        """What calls of a kind are answered instead."""
        self.kinds: list[str] = []
        self.stored: list[str] = []
        self.refusal: dict[str, Any] = {}
        """What the record of a lead with the name Bad is answered."""

    def gateway(self) -> Gateway:
        """The real one."""
        return ZohoGateway()

    def send(
        self, call: ApiCall, _deadline: object, _method: str, url: str, **content: Any
    ) -> client.ZohoAnswer:
        """One call to any of Zoho's addresses."""
        kind = "insert" if url.endswith("/Leads") else url.rpartition("/")[2]
        self.called.append(self.monotonic())
        self.kinds.append(kind)
        self.sleep(self.took)
        status, body = self.faults.get(kind) or self.sensible(kind, content)
        call.ended_at, call.status = timezone.now(), status
        return client.ZohoAnswer(status, json.dumps(body).encode())

    def sensible(self, kind: str, content: dict[str, Any]) -> Answer:
        """What is answered on a good day."""
        if kind == "token":
            domain = Connection.objects.get().api_domain
            return 200, {"access_token": "good", "api_domain": domain, "expires_in": 3600}
        if kind == "coql":
            return self.found(content["json"]["select_query"])
        if kind != "insert":
            return 200, DESCRIBED
        items = [self.store(record) for record in content["json"]["data"]]
        stored = any(item["code"] == "SUCCESS" for item in items)
        return 207 if stored else 400, {"data": items}

    def found(self, query: str) -> Answer:
        """The records whose references stand in a query."""
        rows = [
            {"id": str(number), "Lead_Ref": reference}
            for number, reference in enumerate(self.stored, 1)
            if reference in query
        ]
        return 200, {"data": rows}

    def store(self, record: dict[str, Any]) -> dict[str, Any]:
        """The result of one record."""
        if record["Last_Name"] == "Bad":
            return self.refusal
        reference = record.get("Lead_Ref", "")
        if reference and reference in self.stored:
            details = {"api_name": "Lead_Ref", "id": str(self.stored.index(reference) + 1)}
            return {"code": "DUPLICATE_DATA", "details": details, "status": "error"}
        self.stored.append(reference)
        return {"code": "SUCCESS", "details": {"id": str(len(self.stored))}, "status": "success"}


@pytest.fixture
def zoho(
    destination: Destination, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Zoho]:
    if database.vendor != "sqlite":
        pytest.skip("PostgreSQL has a clock of its own")
    made = Zoho(destination, 0.5)
    monkeypatch.setattr(client, "send", made.send)
    later = timezone.now() + timedelta(hours=9)
    Connection.objects.update(access_expires_at=later)
    Destination.objects.update(calls_per_second=10)
    yield made
    made.traveller.stop()


@pytest.fixture
def site(destination: Destination, zoho: Zoho) -> Site:
    return make_site(destination=destination)


@pytest.fixture
def known(connection: Connection, zoho: Zoho) -> None:
    """The fields were read just before."""
    fields.store(connection, "Leads", compact(DESCRIBED) or {}, timezone.now())


HIT = {
    "the insert": ("insert",),
    "the fields": ("fields",),
    "both": ("insert", "fields"),
    "all, and the token": ("insert", "fields", "token"),
}


def hit(zoho: Zoho, *kinds: str) -> None:
    zoho.faults = dict.fromkeys(kinds, SERVER_ERROR)
    if "token" in kinds:
        Connection.objects.update(access_expires_at=timezone.now())


@pytest.mark.parametrize("jitter", [0.0, rest(0.999)])
@pytest.mark.parametrize("number", [1, rest(100), 10_000])
@pytest.mark.parametrize("hits", ["the insert", "both", "all, and the token"])
@pytest.mark.usefixtures("known")
def test_an_outage_costs_ten_calls_in_its_first_ten_minutes_whatever_it_hits(
    zoho: Zoho, site: Site, hits: str, number: int, jitter: float
) -> None:
    zoho.jitter = jitter
    leads_of(site, number)
    hit(zoho, *HIT[hits])

    zoho.run(until=600)

    assert 3 <= zoho.calls_between(0, 600) <= 10, list(zip(zoho.kinds, zoho.called, strict=True))
    assert ApiLog.objects.count() <= 3 * 100 + 10


@pytest.mark.parametrize("jitter", [0.0, rest(0.999)])
@pytest.mark.parametrize("number", [1, rest(60), 1000])
@pytest.mark.usefixtures("known")
def test_questions_before_the_insert_count_too(
    zoho: Zoho, site: Site, number: int, jitter: float
) -> None:
    """With a question or two before each insert there were seventeen calls."""
    preferences = Preferences.load()
    preferences.refuse_duplicate_emails = preferences.ask_zoho_for_duplicates = True
    preferences.save()
    zoho.jitter = jitter
    leads_of(site, number)
    for place, lead in enumerate(Lead.objects.all()[:100]):
        data = {"last_name": "Ada", "email": f"a{place}@example.org"}
        Lead.objects.filter(pk=lead.pk).update(data=data)
    hit(zoho, "insert")

    zoho.run(until=600)

    assert 3 <= zoho.calls_between(0, 600) <= 10, list(zip(zoho.kinds, zoho.called, strict=True))


@pytest.mark.parametrize("number", [1, 100, 300])
@pytest.mark.usefixtures("known")
def test_leads_that_wait_for_the_reading_of_the_fields_leave_no_log_and_no_call(
    zoho: Zoho, site: Site, number: int
) -> None:
    """300 leads had 1,800 log rows in five minutes, and no insert went for all of them."""
    leads_of(site, number)
    hit(zoho, "insert", "fields")

    zoho.run(until=600)

    assert ApiLog.objects.count() <= number + 10
    assert ApiCall.objects.count() <= 30


@pytest.mark.parametrize("number", [1, 300])
@pytest.mark.parametrize("answer", [SERVER_ERROR, PAGE])
@pytest.mark.usefixtures("known")
def test_after_an_outage_of_all_of_it_everything_arrives_once(
    zoho: Zoho, site: Site, number: int, answer: Answer
) -> None:
    leads_of(site, number)
    zoho.faults = {"insert": answer, "fields": answer}
    zoho.run(until=900)
    zoho.faults = {}

    zoho.run(until=900 + 360 + SWEEP)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert len(zoho.stored) == len(set(zoho.stored)) == number


@pytest.mark.parametrize("hits", ["the insert", "both"])
@pytest.mark.parametrize("jitter", [0.0, rest(0.999)])
@pytest.mark.parametrize("lasted", [100, rest(600), 1800])
@pytest.mark.usefixtures("known")
def test_the_first_success_opens_the_way_for_the_leads_that_were_probes_too(
    zoho: Zoho, site: Site, lasted: int, jitter: float, hits: str
) -> None:
    """They, or those whose fields had not been read, rested five minutes longer than the others."""
    zoho.jitter = jitter
    leads_of(site, 120)
    hit(zoho, *HIT[hits])
    zoho.run(until=lasted)
    zoho.faults = {}
    make_lead(site=site, name="Fresh")
    Destination.objects.exclude(paused_at=None).update(paused_until=timezone.now())

    zoho.run(until=lasted + settings.UNKNOWN_WAIT * 1.2 + 2 * SWEEP)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert len(zoho.stored) == len(set(zoho.stored)) == 121


# --- Fields that were never read --------------------------------------------------------------


@pytest.mark.parametrize("number", [1, rest(100), 1000])
@pytest.mark.parametrize("hits", ["the fields", "both", "all, and the token"])
def test_before_the_fields_were_ever_read_an_outage_costs_as_little(
    zoho: Zoho, site: Site, hits: str, number: int
) -> None:
    """1,000 leads had 33 readings and 3,300 log rows in two minutes, and nothing ever rested."""
    leads_of(site, number)
    hit(zoho, *HIT[hits])

    zoho.run(until=600)

    assert 3 <= zoho.calls_between(0, 600) <= 10, list(zip(zoho.kinds, zoho.called, strict=True))
    assert ApiLog.objects.count() <= 3 * 100 + 10
    if hits == "all, and the token":
        assert Destination.objects.get().faults >= 3
    else:  # no insert was tried, and no answer to a question says that one would fail
        assert not Destination.objects.exclude(paused_at=None, faults=0).exists()
    zoho.faults = {}
    zoho.run(until=600 + 720)
    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}


@pytest.mark.parametrize("answer", [SERVER_ERROR, PAGE, (200, "<html>"), (200, {"fields": []})])
def test_fields_that_cannot_be_read_hold_no_lead_for_ever(
    zoho: Zoho, site: Site, answer: Answer
) -> None:
    """In two hours there were 28 readings and no insert."""
    zoho.faults = {"fields": answer}
    leads_of(site, 5)
    for minute in range(5):
        zoho.run(until=minute * 60 + 60)
        assert not Destination.objects.exclude(paused_at=None).exists()
    assert not zoho.stored

    zoho.run(until=1200)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert not Destination.objects.exclude(paused_at=None).exists()
    make_lead(site=site, name="Fresh")
    zoho.run(until=1260)
    assert Lead.objects.get(name="Fresh").status == "delivered"


@pytest.mark.parametrize("answer", [SERVER_ERROR, PAGE, (429, {"code": "TOO_MANY_REQUESTS"})])
@pytest.mark.usefixtures("known")
def test_while_a_pause_lasts_no_question_makes_it_longer(
    zoho: Zoho, site: Site, answer: Answer
) -> None:
    """Each probe that could not read the fields counted as a failure: fresh leads paid for it."""
    leads_of(site, 300)
    hit(zoho, "insert", "fields")
    zoho.run(until=120)
    assert Destination.objects.exclude(paused_at=None).exists()
    zoho.faults = {"fields": answer}
    make_lead(site=site, name="Fresh")

    zoho.run(until=200)

    assert Lead.objects.get(name="Fresh").status == "delivered"
    zoho.run(until=1500)
    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert len(zoho.stored) == len(set(zoho.stored)) == 301


# --- A token that may not read ----------------------------------------------------------------


@pytest.mark.usefixtures("known")
def test_without_the_scope_to_read_fields_records_are_asked_for(zoho: Zoho, site: Site) -> None:
    """After one lost answer five leads stayed queued for good, with a log row every 30 s each."""
    leads_of(site, 5)
    hit(zoho, "insert")
    zoho.run(until=30)
    zoho.faults = {"fields": NO_SCOPE}

    zoho.run(until=300)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert len(zoho.stored) == len(set(zoho.stored)) == 5
    assert zoho.kinds == ["insert", "fields", "coql", "insert"]


def test_without_the_scope_and_without_a_reading_a_person_looks(zoho: Zoho, site: Site) -> None:
    leads_of(site, 5)
    zoho.faults = {"fields": NO_SCOPE, "insert": SERVER_ERROR}
    zoho.run(until=30)
    zoho.faults = {"fields": NO_SCOPE}

    zoho.run(until=300)

    reasons = Lead.objects.values_list("status", "reason").distinct()
    assert list(reasons) == [("failed", Reason.OUTCOME_UNKNOWN)]
    assert zoho.stored == []


@pytest.mark.usefixtures("known")
def test_while_only_the_fields_are_away_fresh_leads_go_on(zoho: Zoho, site: Site) -> None:
    leads_of(site, 5)
    hit(zoho, "insert")
    zoho.run(until=30)
    zoho.faults = {"fields": SERVER_ERROR}
    for minute in range(2, 8):
        make_lead(site=site, name="Fresh")
        zoho.run(until=minute * 60)
        assert not Lead.objects.filter(name="Fresh").exclude(status="delivered").exists()
    assert Lead.objects.filter(status="queued").count() == 5

    zoho.faults = {}
    zoho.run(until=480 + 300)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}


@pytest.mark.parametrize("answer", [SERVER_ERROR, PAGE, (429, {"code": "TOO_MANY_REQUESTS"})])
@pytest.mark.parametrize("number", [rest(1), 120])
@pytest.mark.usefixtures("known")
def test_records_are_not_asked_for_once_a_minute_while_zoho_does_not_say(
    zoho: Zoho, site: Site, number: int, answer: Answer
) -> None:
    leads_of(site, number)
    hit(zoho, "insert")
    zoho.run(until=30)
    zoho.faults = {"fields": NO_SCOPE, "coql": answer}
    zoho.run(until=3600)
    assert zoho.kinds.count("coql") <= 16
    assert Lead.objects.filter(status="queued").count() == number
    assert not zoho.stored
    zoho.faults = {"fields": NO_SCOPE}

    zoho.run(until=3600 + 400)

    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert len(zoho.stored) == len(set(zoho.stored)) == number


# --- A fault of one record ------------------------------------------------------------------------


def refusal(code: str, message: str = "", **details: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "details": details, "status": "error"}


OF_ONE = {
    "destination": refusal("DEACTIVATED_RECORD"),
    "plan": refusal("LIMIT_EXCEEDED", "upgrade your plan"),
    "subscription": refusal("NOT_ALLOWED", "no subscription for this"),
    "role": refusal("ROLE_MISMATCH"),
    "access": refusal("RECORD_ACCESS_DENIED"),
    "layout": refusal("INVALID_DATA", api_name="Layout", json_path="$.data[0].Layout"),
}
OTHERS_OF_ONE = ["plan", "subscription", "role", "access"]


@pytest.mark.parametrize("of", ["destination", *map(rest, OTHERS_OF_ONE), "layout"])
@pytest.mark.usefixtures("known")
def test_one_bad_record_holds_nobody_for_long(zoho: Zoho, site: Site, of: str) -> None:
    """In words of the account it was tried again and again, and held everybody ten minutes each
    time: fresh leads waited for five to ten minutes.
    """
    zoho.refusal = OF_ONE[of]
    make_lead(site=site, data={"last_name": "Bad"})
    zoho.run(until=20)
    for minute in range(1, 31):
        make_lead(site=site, name="Fresh", data={"last_name": "Costa"})
        zoho.run(until=minute * 60)

    assert Lead.objects.exclude(name="Fresh").get().status == "failed"
    assert set(Lead.objects.filter(name="Fresh").values_list("status", flat=True)) == {"delivered"}
    held = Lead.objects.filter(name="Fresh", settled_at__gt=F("queued_at") + timedelta(minutes=1))
    assert held.count() <= 11, "those of one pause"


@pytest.mark.parametrize("of", OF_ONE)
@pytest.mark.usefixtures("known")
def test_a_bad_record_among_stored_ones_is_refused_at_once(zoho: Zoho, site: Site, of: str) -> None:
    zoho.refusal = {**OF_ONE[of], "details": {}} if of == "layout" else OF_ONE[of]
    make_lead(site=site, data={"last_name": "Costa"})
    make_lead(site=site, data={"last_name": "Bad"})

    zoho.run(until=10)

    assert sorted(Lead.objects.values_list("status", flat=True)) == ["delivered", "failed"]
    assert zoho.kinds == ["insert"]
    assert not Destination.objects.exclude(paused_at=None).exists()
    assert not Site.objects.exclude(paused_at=None).exists()
