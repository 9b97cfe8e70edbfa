"""Reading back against the sandbox: what was lost is found, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall, ApiLog, Destination, Incomplete, Lead, Site
from leads.privacy.erase import erase
from leads.signals import leads_incomplete, set_up_changed
from tests.factories import make_lead, make_site
from tests.zoho.fit.test_fitting_batches import deliver
from tests.zoho.proof.conftest import FULL, Deliver, states, turn
from tests.zoho.sandbox.running import RunningSandbox
from zoho.api import client
from zoho.api.caller import Caller
from zoho.models import Cause, Connection, Loss, ModuleFields, ReadBack, Rest
from zoho.proof.prove import has_work, prove
from zoho.proof.read import Reader, Refused

pytestmark = pytest.mark.django_db
WEB = "6100000000000777001"
KEPT = ["Last_Name", "First_Name", "Email", "City", "Company", "Lead_Ref"]


def define(sandbox: RunningSandbox, **order: Any) -> None:
    assert sandbox.control("PUT", "fields", {"module": "Leads"} | order).status == 200


def reads(sandbox: RunningSandbox) -> int:
    return int(sandbox.ledger()["calls"].get("list", 0))


@pytest.fixture
def told() -> Any:
    said: list[tuple[str, int, str]] = []

    def listen(site: Site, count: int, text: str, **_signal: Any) -> None:
        said.append((site.name, count, text))

    leads_incomplete.connect(listen)
    yield said
    leads_incomplete.disconnect(listen)


def lose_four(sandbox: RunningSandbox, site: Site) -> None:
    """What was known when the lead was sent is no longer so: three by a layout, one dropped."""
    define(sandbox, layouts=[{"id": WEB, "name": "Web"}])
    site.options = {"Layout": {"id": WEB}}
    site.save()


def test_whole_records_leave_no_mark_and_nothing_of_a_person(
    sandbox: RunningSandbox, delivered: Deliver, told: list[Any]
) -> None:
    delivered(3)

    turn()

    assert states() == ["whole"] * 3
    assert reads(sandbox) == 1
    assert ReadBack.objects.exclude(sent=None).count() == 0
    assert (Incomplete.objects.count(), told) == (0, [])


def test_what_a_layout_and_a_dropped_field_lose_is_found_and_told_once(
    sandbox: RunningSandbox, delivered: Deliver, shop: Site, told: list[Any]
) -> None:
    drifts: list[Any] = []
    set_up_changed.connect(
        lambda text, **_signal: drifts.append(text), weak=False, dispatch_uid="x"
    )
    lose_four(sandbox, shop)
    delivered()
    turn()
    define(
        sandbox,
        layouts=[{"id": WEB, "name": "Web", "fields": ["Last_Name", "City", "Lead_Ref"]}],
        drop=["City"],
    )
    lost, other = delivered(2)

    turn()
    set_up_changed.disconnect(dispatch_uid="x")

    assert states() == ["whole", "incomplete", "incomplete"]
    assert Incomplete.objects.get(lead=lost).missing == "City, Email, Phone, Zip_Code"
    assert told == [
        (
            "Shop",
            2,
            "City is no longer a field in Zoho; Email, Phone, Zip_Code are not in the layout.",
        )
    ]
    assert drifts == [], "the notice of the lost values says it"
    lost.refresh_from_db()
    assert lost.status == Lead.Status.DELIVERED
    assert ApiLog.objects.get(lead=other).response_code == 13003
    kinds = dict(Loss.objects.filter(read_back__lead=lost).values_list("field", "cause__kind"))
    assert kinds == {
        "City": "dropped",
        "Email": "outside",
        "Phone": "outside",
        "Zip_Code": "outside",
    }
    delivered()
    turn()
    assert len(told) == 1


def test_a_workflow_that_rewrites_is_no_finding_and_one_that_empties_is(
    sandbox: RunningSandbox, delivered: Deliver
) -> None:
    other = {"id": "6100000000000101002", "name": "Jonas"}
    work = {"name": "Dial out", "set": {"Phone": "+49 30 1", "Owner": other}}
    define(sandbox, workflows=[work])
    delivered(5)
    turn()
    assert states() == ["whole"] * 5

    define(sandbox, workflows=[work | {"clear": ["City"]}])
    delivered()
    turn()
    assert Incomplete.objects.get().missing == "City"


def test_a_value_that_zoho_cut_is_found(sandbox: RunningSandbox, delivered: Deliver) -> None:
    [lead] = delivered(city="Frankfurt an der Oder")
    record = sandbox.crm("GET", f"Leads/{lead.zoho_id}").json["data"][0]
    define(sandbox, fields=[{"api_name": "City", "data_type": "text", "length": 9}])
    sandbox.crm("PUT", f"Leads/{lead.zoho_id}", {"data": [{"City": record["City"][:9]}]})

    turn()

    assert Loss.objects.get().cause.kind == "cut"


@pytest.mark.parametrize(
    ("away", "state"), [("convert", "converted"), ("delete", "gone"), ("merge", "gone")]
)
def test_a_record_that_is_not_there_is_told_as_what_became_of_it(
    sandbox: RunningSandbox, delivered: Deliver, away: str, state: str, told: list[Any]
) -> None:
    lead, other = delivered(2)
    if away == "convert":
        sandbox.control("POST", "convert", {"ids": [lead.zoho_id]})
    elif away == "merge":
        sandbox.control("POST", "merge", {"into": other.zoho_id, "ids": [lead.zoho_id]})
    else:
        sandbox.crm("DELETE", f"Leads/{lead.zoho_id}")

    turn()

    assert states() == [state, "whole"]
    assert (Incomplete.objects.count(), told) == (0, [])


def test_what_is_there_is_settled_although_nothing_is_said_of_what_is_not(
    sandbox: RunningSandbox, delivered: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    [gone, _there] = delivered(2)
    sandbox.crm("DELETE", f"Leads/{gone.zoho_id}")
    refused = Refused(Outcome(Verdict.SITE_FAULT, text="no", status=403))
    monkeypatch.setattr(Reader, "converted", mock.Mock(side_effect=refused))

    turn()

    assert states() == ["due", "whole"]
    monkeypatch.undo()
    turn()
    assert states() == ["gone", "whole"]


@pytest.mark.parametrize(
    ("status", "refused"), [(400, True), (403, True), (401, True), (500, False), (429, False)]
)
def test_that_nothing_is_said_of_converted_records_holds_back_no_other(
    sandbox: RunningSandbox,
    delivered: Deliver,
    connected: Connection,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    refused: bool,
) -> None:
    [gone, _there] = delivered(2)
    sandbox.crm("DELETE", f"Leads/{gone.zoho_id}")
    send = client.send

    def answer(call: ApiCall, deadline: Deadline, method: str, url: str, **content: Any) -> Any:
        if (content.get("params") or {}).get("converted"):
            call.ended_at, call.status = timezone.now(), status
            return client.ZohoAnswer(status, b'{"code": "OAUTH_SCOPE_MISMATCH"}')
        return send(call, deadline, method, url, **content)

    with monkeypatch.context() as patch:
        patch.setattr(client, "send", answer)
        turn()
        assert states() == ["due", "whole"]
        delivered()
        turn()
        assert states() == ["due", "whole", "whole"]
        assert not has_work(connected, timezone.now()), "the one waits for the question"
    assert [rest.refused for rest in connected.rests.all()] == [refused]

    Rest.objects.all().delete()
    turn()
    assert states() == ["gone", "whole", "whole"]


def test_a_record_that_is_neither_converted_nor_deleted_may_only_be_hidden(
    sandbox: RunningSandbox, delivered: Deliver
) -> None:
    [lead] = delivered()
    Incomplete.objects.create(lead=lead, missing="City", found_at=timezone.now())
    sandbox.crm("DELETE", f"Leads/{delivered()[0].zoho_id}")
    sandbox.fault("answer", only="list", status=204, body=None, times=2)

    turn()

    row = ReadBack.objects.get(lead=lead)
    assert (row.state, bool(row.sent)) == ("due", True)
    assert row.due_at > timezone.now() + timedelta(minutes=59)
    assert Incomplete.objects.filter(lead=lead).exists()
    assert states() == ["due", "gone"]

    turn()
    assert states() == ["whole", "gone"]


@pytest.mark.parametrize("mode", ["no_permission", "503", "html", "429", "scope_mismatch"])
def test_that_nothing_is_said_of_deleted_records_leaves_them_open(
    sandbox: RunningSandbox, delivered: Deliver, connected: Connection, mode: str
) -> None:
    [lead, _there] = delivered(2)
    sandbox.crm("DELETE", f"Leads/{lead.zoho_id}")
    sandbox.fault(mode, only="deleted")

    turn()

    assert states() == ["due", "whole"]
    assert [rest.what for rest in connected.rests.all()] == ["records deleted Leads"]
    assert not has_work(connected, timezone.now())
    assert Destination.objects.get().paused_at is None


@pytest.mark.parametrize(("before", "pages"), [(0, 1), (198, 1), (199, 2), (200, 2), (1000, 5)])
def test_the_list_of_deleted_records_is_read_as_far_as_some_pages(
    sandbox: RunningSandbox, connected: Connection, before: int, pages: int
) -> None:
    rows = [{"id": str(number)} for number in range(1, before + 1)] + [{"id": "gone"}]
    asked: list[int] = []

    def page(reader: Reader, what: str, params: dict[str, str], below: str) -> list[Any]:
        asked.append(int(params["page"]))
        return rows[(asked[-1] - 1) * 200 : asked[-1] * 200]

    with mock.patch.object(Reader, "call", page):
        found = Reader(Caller(connected, Deadline(5)), "Leads").deleted(["gone", "hidden"])

    assert asked == list(range(1, pages + 1))
    assert found == ({"gone"} if before < 1000 else set())


def test_a_field_that_zoho_shows_in_no_record_is_a_hint_and_no_mark(
    sandbox: RunningSandbox, delivered: Deliver
) -> None:
    [lead] = delivered()
    row = {"id": lead.zoho_id, "Last_Name": "Lovelace", "Email": "e", "Phone": "p"}
    row["Lead_Ref"] = str(lead.reference)
    body = {"data": [row | {"City": None}]}
    sandbox.fault("answer", only="list", status=200, body=body)

    turn()

    assert ModuleFields.objects.get().unreadable == ["Zip_Code"]
    assert Incomplete.objects.get().missing == "City"


def hide(sandbox: RunningSandbox, lead: Lead, *names: str) -> None:
    """Zoho shows this record once, and these of its fields alone."""
    row = {"id": lead.zoho_id} | dict.fromkeys(names, "x")
    if "Lead_Ref" in names:
        row["Lead_Ref"] = str(lead.reference)
    sandbox.fault("answer", only="list", status=200, body={"data": [row]}, times=1)


@pytest.mark.parametrize("described", [True, False])
def test_what_zoho_does_not_show_is_not_proved_and_waits(
    sandbox: RunningSandbox, delivered: Deliver, connected: Connection, described: bool
) -> None:
    [lead] = delivered()
    if not described:
        ModuleFields.objects.all().delete()
    sent = dict(ReadBack.objects.get().sent or {})
    hide(sandbox, lead, *(sent.keys() - {"Phone"}))

    turn()

    row = ReadBack.objects.get()
    assert (row.state, row.sent) == ("due", sent)
    assert timedelta(minutes=59) < row.due_at - timezone.now() < timedelta(minutes=61)
    assert not has_work(connected, timezone.now())
    if described:
        assert ModuleFields.objects.get().unreadable == ["Phone"]
    assert not Incomplete.objects.exists()

    turn()
    assert states() == ["whole"]


def readings() -> int:
    return ApiCall.objects.filter(kind="metadata").count()


def test_fields_are_read_anew_for_a_credit_and_not_for_what_is_known_to_be_hidden(
    sandbox: RunningSandbox, delivered: Deliver, connected: Connection
) -> None:
    [lead] = delivered()
    for news, credits in ((1, 2), (0, 3)):  # with a reading of the fields, and without
        before = readings()
        hide(sandbox, lead, "Last_Name", "Email", "City", "Zip_Code", "Lead_Ref")
        ModuleFields.objects.update(read_at=timezone.now() - timedelta(minutes=5))

        turn()

        connected.refresh_from_db()
        assert (readings() - before, connected.proof_used) == (news, credits)


def test_without_a_credit_what_is_known_of_the_fields_must_do(
    sandbox: RunningSandbox, delivered: Deliver
) -> None:
    define(sandbox, workflows=[{"name": "Clean up", "clear": ["City"]}])
    delivered()
    Connection.objects.update(proof_credits=1)
    ModuleFields.objects.update(read_at=timezone.now() - timedelta(minutes=5))
    before = readings()

    turn()

    assert (states(), readings() - before) == (["incomplete"], 0)


def test_a_lead_of_which_a_value_is_not_shown_is_looked_at_ever_more_rarely(
    sandbox: RunningSandbox, delivered: Deliver
) -> None:
    [lead] = delivered()
    ReadBack.objects.update(created_at=timezone.now() - timedelta(days=2))
    hide(sandbox, lead, "Last_Name")

    turn()

    assert ReadBack.objects.get().due_at > timezone.now() + timedelta(days=1.9)


# --- Who is read back -------------------------------------------------------------------------


def test_the_first_twenty_of_a_version_then_a_sample(delivered: Deliver, shop: Site) -> None:
    Connection.objects.update(proof_share=0)
    delivered(25)
    assert ReadBack.objects.filter(why="first").count() == 20

    delivered(2)
    assert ReadBack.objects.count() == 20
    shop.options = {"Layout": {"id": "6100000000000091055"}}
    shop.save()
    delivered(2, company="Engines")
    assert ReadBack.objects.count() == 22, "another layout is another version"

    Connection.objects.update(proof_share=100)
    delivered(19, company="Engines")
    delivered(3, company="Engines")
    assert ReadBack.objects.filter(why="sample").count() == 4


def test_test_leads_are_among_the_first_and_take_no_place_of_others(
    delivered: Deliver, shop: Site
) -> None:
    Connection.objects.update(proof_share=0)
    batch = [make_lead(site=shop, data=FULL, is_test=True) for _ in range(25)]
    deliver(*batch)
    assert ReadBack.objects.filter(why="first").count() == 25

    delivered(21)
    assert ReadBack.objects.filter(lead__is_test=False).count() == 20


def test_what_was_sent_more_than_once_is_read_back(delivered: Deliver, shop: Site) -> None:
    Connection.objects.update(proof_share=0)
    delivered(20)
    lead = make_lead(site=shop, data={"last_name": "Byron"}, maybe_landed=True, landed_revision=0)
    deliver(lead)

    assert ReadBack.objects.get(lead=lead).why == "repeat"


def test_an_update_of_a_record_is_compared_without_what_was_left_out(
    sandbox: RunningSandbox, delivered: Deliver, shop: Site
) -> None:
    define(sandbox, fields=[{"api_name": "Email", "data_type": "email", "unique": True}])
    [item] = sandbox.insert({"Last_Name": "Old", "Email": "ada@example.org"}).json["data"]
    shop.duplicate_policy = "update"
    shop.options = {"Tag": [{"name": "web"}]}
    shop.save()

    [lead] = delivered()
    turn()

    assert lead.zoho_id == item["details"]["id"]
    assert states() == ["whole"]


# --- What it costs, and when it yields --------------------------------------------------------


def test_a_hundred_records_are_one_call_and_many_fields_are_more(
    sandbox: RunningSandbox, delivered: Deliver, shop: Site, connected: Connection
) -> None:
    Connection.objects.update(proof_share=100)
    delivered(99)
    delivered(1)
    turn()
    assert reads(sandbox) == 1
    connected.refresh_from_db()
    assert (connected.proof_used, connected.proof_day) == (1, timezone.localdate())

    names = [f"Extra_{number}" for number in range(60)]
    define(sandbox, fields=[{"api_name": name} for name in names])
    ModuleFields.objects.update(stale=True)
    from zoho.models import Mapping  # noqa: PLC0415 - used here alone

    rules = [{"source": name, "target": name} for name in ["last_name", *names]]
    rules[0]["target"] = "Last_Name"
    Mapping.objects.create(site=shop, rules=rules, rest="leave_out")
    delivered(1, **dict.fromkeys(names, "x"))
    turn()
    assert reads(sandbox) == 3


def test_without_credits_it_goes_on_tomorrow(
    sandbox: RunningSandbox, delivered: Deliver, connected: Connection
) -> None:
    Connection.objects.update(proof_credits=0)
    delivered()
    turn()
    assert (states(), reads(sandbox)) == (["due"], 0)
    connected.refresh_from_db()
    assert not has_work(connected, timezone.now())


@pytest.mark.parametrize("state", ["due leads", "paused", "ailing"])
def test_it_yields_to_delivery(
    sandbox: RunningSandbox, delivered: Deliver, shop: Site, state: str
) -> None:
    delivered()
    if state == "due leads":
        make_lead(site=shop)
    elif state == "paused":
        now = timezone.now()
        Destination.objects.update(paused_at=now, paused_until=now, pause_reason="no_answer")
    else:
        Destination.objects.update(faults=1)

    turn()

    assert (states(), reads(sandbox)) == (["due"], 0)


@pytest.mark.parametrize("mode", ["scope_mismatch", "no_permission", "503", "html", "429"])
@pytest.mark.parametrize("only", ["list", "fields", "layouts", "users"])
def test_no_answer_to_it_ever_pauses_delivery(
    sandbox: RunningSandbox, delivered: Deliver, connected: Connection, mode: str, only: str
) -> None:
    delivered()
    sandbox.fault(mode, only=only)

    turn()
    [lead] = delivered()

    destination = Destination.objects.get()
    assert (destination.paused_at, destination.faults) == (None, 0)
    assert lead.status == Lead.Status.DELIVERED
    if only == "list":
        calls = ApiCall.objects.count()
        turn()
        assert ApiCall.objects.count() == calls, "it rests"
        scope = "ZohoCRM.modules.ALL" if mode == "scope_mismatch" else ""
        assert connected.rests.get().scope == scope


def test_leads_that_are_not_settled_hold_up_no_one(
    sandbox: RunningSandbox, delivered: Deliver, shop: Site
) -> None:
    delivered()
    row = ReadBack.objects.get()
    early = row.due_at - timedelta(hours=1)
    others = [make_lead(site=shop, status=Lead.Status.FAILED) for _ in range(101)]
    ReadBack.objects.bulk_create(
        ReadBack(
            lead=lead,
            destination_id=row.destination_id,
            module="Leads",
            record_id="1",
            sent={"City": "x"},
            due_at=early,
            created_at=timezone.now() - timedelta(minutes=minutes),
        )
        for lead, minutes in zip(others, [16] * 51 + [14] * 50, strict=True)
    )

    turn()

    assert sorted(states()) == ["due"] * 50 + ["whole"]


def test_what_was_put_off_is_not_taken_along(sandbox: RunningSandbox, delivered: Deliver) -> None:
    [late, _other] = delivered(2)
    due = timezone.now() + timedelta(minutes=30)
    ReadBack.objects.filter(lead=late).update(due_at=due)
    ReadBack.objects.exclude(lead=late).update(due_at=timezone.now())

    prove(Connection.objects.select_related("destination").get(), Deadline(60))

    assert states() == ["due", "whole"]


# --- What is forgotten ------------------------------------------------------------------------


def test_an_erased_person_is_not_kept_to_compare_with(delivered: Deliver) -> None:
    [lead] = delivered()

    erase(Lead.objects.filter(pk=lead.pk))

    assert ReadBack.objects.count() == 0


def test_an_erased_person_is_not_incomplete(sandbox: RunningSandbox, delivered: Deliver) -> None:
    define(sandbox, workflows=[{"name": "Clean up", "clear": ["City"]}])
    [lead, other] = delivered(2)
    turn()
    assert Incomplete.objects.count() == 2

    erase(Lead.objects.filter(pk=lead.pk))

    assert Incomplete.objects.get().lead == other


def test_test_leads_are_proved_and_nobody_is_told(
    sandbox: RunningSandbox, delivered: Deliver, shop: Site, told: list[Any]
) -> None:
    delivered()
    turn()
    define(sandbox, drop=["City"])
    [lead] = delivered()
    Lead.objects.filter(pk=lead.pk).update(is_test=True)

    turn()

    assert Incomplete.objects.get().lead_id == lead.pk
    assert told == []
    assert make_site().destination_id == shop.destination_id


@pytest.mark.parametrize("told_before", [None, 9])
def test_the_first_real_lead_tells_of_a_cause_that_a_test_lead_met(
    sandbox: RunningSandbox, delivered: Deliver, told: list[Any], told_before: int | None
) -> None:
    define(sandbox, workflows=[{"name": "Clean up", "clear": ["City"]}])
    if told_before:
        delivered()
        turn()
        Loss.objects.update(restored_at=timezone.now())
        Cause.objects.update(told_at=timezone.now() - timedelta(days=told_before))
        told.clear()
    [lead] = delivered()
    Lead.objects.filter(pk=lead.pk).update(is_test=True)
    turn()
    assert told == []

    delivered(2)
    turn()
    assert told == [("Shop", 2, "City is empty in Zoho.")]
    delivered()
    turn()
    assert len(told) == 1


def test_a_thousand_leads_cost_six_more_calls_at_most(
    sandbox: RunningSandbox, delivered: Deliver
) -> None:
    for _ in range(10):
        delivered(100)
    chosen = ReadBack.objects.filter(why="sample").count()

    turn()

    assert 10 < chosen < 120, "five per cent"
    assert reads(sandbox) <= 6
    assert set(states()) == {"whole"}
