"""Repair against the sandbox: what is still empty is written, by id, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads.clock import Deadline
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall, ApiLog, Incomplete, Lead, LeadEvent, Site
from leads.privacy.erase import erase
from tests.factories import make_user
from tests.zoho.proof.conftest import FULL, Deliver, states, turn
from tests.zoho.proof.test_read_back import WEB, define
from tests.zoho.sandbox.running import RunningSandbox
from zoho.api import client
from zoho.models import Connection, Loss, ModuleFields, ReadBack, Repair, RepairItem, Rest
from zoho.proof import mend, records, update
from zoho.proof.prove import has_work
from zoho.proof.read import Reader, Refused, Shown
from zoho.proof.read_back import Judge
from zoho.proof.repair import begin, stop
from zoho.proof.rewrite import rewrite
from zoho.proof.update import UNGUARDED, guard

pytestmark = pytest.mark.django_db
CLEARS = {"name": "Clean up", "clear": ["City", "Phone"]}


@pytest.fixture
def lossy(sandbox: RunningSandbox, delivered: Deliver) -> list[Lead]:
    """Two delivered leads of which a workflow emptied two values, found by reading back."""
    define(sandbox, workflows=[CLEARS])
    leads = delivered(2)
    turn()
    assert states() == ["incomplete"] * 2
    return leads


def record(sandbox: RunningSandbox, lead: Lead) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.crm("GET", f"Leads/{lead.zoho_id}").json["data"][0]
    return found


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The bodies that were put over records."""
    bodies: list[Any] = []
    send = client.send

    def seen(call: ApiCall, deadline: Deadline, method: str, url: str, **content: Any) -> Any:
        if method == "PUT":
            bodies.append(content["json"])
        return send(call, deadline, method, url, **content)

    monkeypatch.setattr(client, "send", seen)
    return bodies


def press(*leads: Lead) -> list[Repair]:
    chosen = Lead.objects.filter(pk__in=[lead.pk for lead in leads])
    return begin(chosen, make_user(f"user {User.objects.count()}"), "chosen")


def items() -> list[str]:
    return list(RepairItem.objects.order_by("pk").values_list("state", flat=True))


def test_values_go_back_into_their_fields_and_that_is_proved(
    sandbox: RunningSandbox, lossy: list[Lead], written: list[Any]
) -> None:
    attempts = ApiLog.objects.count()
    [one] = press(*lossy)

    turn()
    turn()

    for lead in lossy:
        found = record(sandbox, lead)
        assert (found["City"], found["Phone"]) == ("Berlin", "+49 30 123456")
        event = LeadEvent.objects.get(lead=lead)
        assert (event.kind, event.note) == ("repaired", "City, Phone")
        assert event.user == one.created_by
    assert items() == ["restored"] * 2
    assert states() == ["whole"] * 2
    assert (Incomplete.objects.count(), ApiLog.objects.count()) == (0, attempts)
    assert sandbox.count() == 2
    one.refresh_from_db()
    assert one.ended_at is not None
    only = {"City": "Berlin", "Phone": "+49 30 123456"}
    bodies = [{"data": [{**only, "id": lead.zoho_id}], "trigger": []} for lead in lossy]
    assert written == bodies, "only what is empty"


def test_what_its_layout_and_its_module_lack_goes_to_description(
    sandbox: RunningSandbox, delivered: Deliver, shop: Site
) -> None:
    define(sandbox, layouts=[{"id": WEB, "name": "Web"}])
    shop.options = {"Layout": {"id": WEB}}
    shop.save()
    delivered()
    turn()
    names = ["Last_Name", "City", "Lead_Ref"]
    define(sandbox, layouts=[{"id": WEB, "name": "Web", "fields": names}], drop=["City"])
    [lead] = delivered(message="Call me")
    turn()

    press(lead)
    turn()
    turn()

    said = record(sandbox, lead)["Description"].splitlines()
    assert said == [
        "Call me",
        "City: Berlin",
        "Email: ada@example.org",
        "Phone: +49 30 123456",
        "Zip Code: 10115",
    ]
    assert states()[-1] == "whole"
    note = LeadEvent.objects.get(lead=lead).note
    assert note == "City, Email, Phone, Zip_Code → Description"


def test_a_field_that_does_not_keep_it_has_it_in_description_the_next_time(
    sandbox: RunningSandbox, lossy: list[Lead]
) -> None:
    press(lossy[0])
    turn()
    sandbox.crm("PUT", f"Leads/{lossy[0].zoho_id}", {"data": [{"City": None}], "trigger": []})
    ReadBack.objects.filter(lead=lossy[0]).update(state="due", sent={"City": "Berlin"})
    turn()
    assert Incomplete.objects.get(lead=lossy[0]).missing == "City"

    press(lossy[0])
    turn()

    assert record(sandbox, lossy[0])["Description"] == "City: Berlin"
    assert not Incomplete.objects.filter(lead=lossy[0]).exists()


def test_pressed_twice_with_a_colleagues_change_in_between(
    sandbox: RunningSandbox, lossy: list[Lead]
) -> None:
    lead = lossy[0]
    assert len(press(lead)) == 1
    assert press(lead) == [], "it stands on the list already"
    mine = {"data": [{"City": "Potsdam"}], "trigger": []}
    sandbox.crm("PUT", f"Leads/{lead.zoho_id}", mine)

    turn()
    assert press(lead) == [], "it is whole"
    turn()

    found = record(sandbox, lead)
    assert (found["City"], found["Phone"]) == ("Potsdam", "+49 30 123456")
    assert items() == ["restored"]
    assert sandbox.count() == 2


def test_what_somebody_filled_meanwhile_is_left_alone(
    sandbox: RunningSandbox, lossy: list[Lead]
) -> None:
    lead = lossy[0]
    filled = {"data": [{"City": "Potsdam", "Phone": "1"}], "trigger": []}
    sandbox.crm("PUT", f"Leads/{lead.zoho_id}", filled)
    press(lead)

    turn()

    assert items() == ["filled"]
    assert not ApiCall.objects.filter(kind="update").exists()
    assert not LeadEvent.objects.filter(kind="repaired").exists()
    assert not Incomplete.objects.filter(lead=lead).exists()


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any]) -> None:
    """Somebody does this after the first record of a list was written."""
    put, left = mend.RepairRun.put, [change]

    def put_then(run: mend.RepairRun, *order: Any) -> str:
        said = put(run, *order)
        if left:
            left.pop()()
        return said

    monkeypatch.setattr(mend.RepairRun, "put", put_then)


def test_what_a_colleague_fills_while_the_list_is_worked_off_stays(
    sandbox: RunningSandbox, lossy: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {"data": [{"City": "Potsdam"}], "trigger": []}
    meanwhile(monkeypatch, lambda: sandbox.crm("PUT", f"Leads/{lossy[1].zoho_id}", mine))
    press(*lossy)

    turn()

    found = record(sandbox, lossy[1])
    assert (found["City"], found["Phone"]) == ("Potsdam", "+49 30 123456")
    assert [item.text for item in RepairItem.objects.order_by("pk")] == ["City, Phone", "Phone"]


def test_what_a_colleague_writes_into_description_meanwhile_stays(
    sandbox: RunningSandbox, lossy: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    Loss.objects.update(was_restored=True)
    mine = {"data": [{"Description": "Rang: call on Monday"}], "trigger": []}
    meanwhile(monkeypatch, lambda: sandbox.crm("PUT", f"Leads/{lossy[1].zoho_id}", mine))
    press(*lossy)

    turn()

    said = record(sandbox, lossy[1])["Description"].splitlines()
    assert said == ["Rang: call on Monday", "City: Berlin", "Phone: +49 30 123456"]


def just_before(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any], times: int = 1) -> None:
    """Somebody does this between our reading and our writing."""
    put, left = mend.RepairRun.put, [change] * times

    def then_put(run: mend.RepairRun, *order: Any) -> str:
        if left:
            left.pop()()
        return put(run, *order)

    monkeypatch.setattr(mend.RepairRun, "put", then_put)


def a_second_later(sandbox: RunningSandbox, lead: Lead, **values: Any) -> Callable[[], Any]:
    """A colleague's change; Zoho tells changes apart by the second."""

    def change() -> None:
        time.sleep(1.1)
        body = {"data": [values], "trigger": []}
        assert sandbox.crm("PUT", f"Leads/{lead.zoho_id}", body).status == 200

    return change


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"City": "Potsdam"}, "Phone"),
        ({"Company": "Analytical Engines"}, "City, Phone"),
        ({"City": "Potsdam", "Phone": "1"}, "Filled by somebody meanwhile"),
    ],
)
def test_what_a_colleague_writes_between_reading_and_writing_stays(
    sandbox: RunningSandbox,
    lossy: list[Lead],
    monkeypatch: pytest.MonkeyPatch,
    values: dict[str, str],
    text: str,
) -> None:
    just_before(monkeypatch, a_second_later(sandbox, lossy[0], **values))
    press(lossy[0])

    turn()

    found = record(sandbox, lossy[0])
    assert {name: found[name] for name in values} == values
    assert (found["City"] or "", found["Phone"] or "") > ("", "")
    assert RepairItem.objects.get().text == text


def test_a_record_that_keeps_changing_stays_as_its_people_want_it(
    sandbox: RunningSandbox, lossy: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    just_before(monkeypatch, a_second_later(sandbox, lossy[0], Company="Engines"), times=9)
    press(lossy[0])

    turn()

    assert items() == ["failed"]
    assert record(sandbox, lossy[0])["City"] is None
    assert Incomplete.objects.filter(lead=lossy[0]).exists()
    assert ApiCall.objects.filter(kind="update").count() == mend.LOOKS


@pytest.mark.parametrize("last", [None, "", "yesterday", 5, "2026-11-29T08:00:00", ["a"]])
def test_without_a_time_that_is_one_there_is_no_guard(last: Any) -> None:
    assert guard({"Modified_Time": last}) == {}
    assert guard({}) == {}


def test_a_reference_that_somebody_replaced_is_told_and_not_written_over(
    sandbox: RunningSandbox, delivered: Deliver, written: list[Any]
) -> None:
    [lead] = delivered()
    mine = {"data": [{"Lead_Ref": "another"}], "trigger": []}
    sandbox.crm("PUT", f"Leads/{lead.zoho_id}", mine)
    turn()
    assert Loss.objects.get().cause.kind == "replaced"
    press(lead)

    turn()

    assert (items(), written) == (["failed"], [])
    assert record(sandbox, lead)["Lead_Ref"] == "another"
    assert Incomplete.objects.get().missing == "Lead_Ref"


@pytest.mark.parametrize("last", [None, "", "yesterday", "2026-11-29T08:00:00"])
def test_what_shows_no_time_of_its_last_change_is_not_written(
    lossy: list[Lead], written: list[Any], monkeypatch: pytest.MonkeyPatch, last: Any
) -> None:
    read = Reader.read

    def without_time(reader: Reader, ids: Any, names: Any) -> Shown:
        shown = read(reader, ids, names)
        for one in shown.records.values():
            one["Modified_Time"] = last
        return shown

    monkeypatch.setattr(Reader, "read", without_time)
    press(lossy[0])

    turn()

    assert items() == ["failed"]
    assert RepairItem.objects.get().text == UNGUARDED
    assert written == []
    assert Incomplete.objects.filter(lead=lossy[0]).exists()


def test_what_a_colleague_writes_in_the_second_of_the_last_change_stays(
    sandbox: RunningSandbox, lossy: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "SECOND_IS_OVER", timedelta(seconds=1.1))
    monkeypatch.setattr(update, "SECOND_IS_OVER", timedelta(hours=1))
    mine = {"data": [{"City": "Potsdam"}], "trigger": []}
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        sandbox.crm("PUT", f"Leads/{lossy[0].zoho_id}", mine)

    monkeypatch.setattr("zoho.proof.records.time.sleep", nap)
    press(lossy[0])

    turn()

    assert record(sandbox, lossy[0])["City"] == "Potsdam"
    assert RepairItem.objects.get().text == "Phone"
    assert naps == [1.1]


@pytest.mark.parametrize(("age", "fresh"), [(-300, True), (0, True), (1.9, True), (2, False)])
def test_a_record_is_fresh_while_the_second_of_its_change_may_go_on(
    monkeypatch: pytest.MonkeyPatch, age: float, fresh: bool
) -> None:
    monkeypatch.setattr(update, "SECOND_IS_OVER", timedelta(seconds=2))
    now = timezone.now()
    last = (now - timedelta(seconds=age)).isoformat()

    assert update.is_fresh({"Modified_Time": last}, now) is fresh


@pytest.mark.parametrize(("away", "state"), [("convert", "converted"), ("delete", "gone")])
def test_a_record_that_goes_while_the_list_is_worked_off_is_told_so(
    sandbox: RunningSandbox,
    lossy: list[Lead],
    monkeypatch: pytest.MonkeyPatch,
    away: str,
    state: str,
) -> None:
    gone = lossy[1].zoho_id
    ways: dict[str, Callable[[], Any]] = {
        "convert": lambda: sandbox.control("POST", "convert", {"ids": [gone]}),
        "delete": lambda: sandbox.crm("DELETE", f"Leads/{gone}"),
    }
    meanwhile(monkeypatch, ways[away])
    press(*lossy)

    turn()

    assert items() == ["restored", state]
    assert ApiCall.objects.filter(kind="update").count() == 1


def test_a_record_that_is_only_hidden_stays_marked(
    sandbox: RunningSandbox, lossy: list[Lead]
) -> None:
    sandbox.fault("answer", only="list", status=204, body=None)
    press(*lossy)

    turn()

    assert items() == ["failed"] * 2
    assert set(RepairItem.objects.values_list("text", flat=True)) == {mend.NOT_SHOWN}
    assert states() == ["incomplete"] * 2
    assert Incomplete.objects.count() == Loss.objects.count() / 2 == 2
    assert not ReadBack.objects.filter(sent=None).exists()


@pytest.mark.parametrize(("status", "state"), [(403, "failed"), (503, "waiting")])
def test_what_is_there_is_repaired_although_nothing_is_said_of_what_is_not(
    sandbox: RunningSandbox,
    lossy: list[Lead],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    state: str,
) -> None:
    sandbox.crm("DELETE", f"Leads/{lossy[0].zoho_id}")
    failed = Refused(Outcome(Verdict.UNKNOWN, text="no", status=status))
    monkeypatch.setattr(Reader, "converted", mock.Mock(side_effect=failed))
    press(*lossy)

    turn()

    assert items() == [state, "restored"]


@pytest.mark.parametrize(
    ("hidden", "changes"),
    [
        ("City", {"Phone": "+49 30 123456", "Description": "City: Berlin"}),
        ("Description", {"City": "Berlin", "Phone": "+49 30 123456"}),
    ],
)
def test_what_zoho_does_not_show_is_not_written_over(
    lossy: list[Lead], hidden: str, changes: dict[str, str]
) -> None:
    row = ReadBack.objects.get(lead=lossy[0])
    judge = Judge(ModuleFields.objects.get(), ())
    shown = {"id": "1", "City": None, "Phone": None, "Description": None}
    del shown[hidden]

    todo = rewrite(row, shown, row.losses.select_related("cause"), judge)

    assert todo.changes == changes


def test_a_text_that_zoho_does_not_show_is_not_appended_to(lossy: list[Lead]) -> None:
    Loss.objects.update(was_restored=True)
    row = ReadBack.objects.get(lead=lossy[0])
    judge = Judge(ModuleFields.objects.get(), ())
    shown = {"id": "1", "City": None, "Phone": None}

    todo = rewrite(row, shown, row.losses.select_related("cause").order_by("field"), judge)

    assert todo.changes == {}
    assert todo.failed == "There is no field of several lines with room for City, Phone."


@pytest.mark.parametrize(
    ("away", "state"), [("convert", "converted"), ("delete", "gone"), ("merge", "gone")]
)
def test_a_record_that_is_gone_is_never_made_again(
    sandbox: RunningSandbox, lossy: list[Lead], away: str, state: str
) -> None:
    lead, other = lossy
    if away == "convert":
        sandbox.control("POST", "convert", {"ids": [lead.zoho_id]})
    elif away == "merge":
        sandbox.control("POST", "merge", {"into": other.zoho_id, "ids": [lead.zoho_id]})
    else:
        sandbox.crm("DELETE", f"Leads/{lead.zoho_id}")
    before = sandbox.count()

    press(lead)
    turn()
    press(lead)
    turn()

    assert items() == [state]
    assert sandbox.count() == before
    assert not ApiCall.objects.filter(kind="update").exists()
    assert not Incomplete.objects.filter(lead=lead).exists()


def test_an_update_that_zoho_refuses_leaves_the_mark(
    sandbox: RunningSandbox, lossy: list[Lead]
) -> None:
    code = {"code": "INVALID_DATA", "message": "invalid data"}
    sandbox.fault("record_error", only="update", **code)
    press(lossy[0])

    turn()

    item = RepairItem.objects.get()
    assert (item.state, "INVALID_DATA" in item.text) == ("failed", True)
    assert Incomplete.objects.filter(lead=lossy[0]).exists()
    assert Repair.objects.get().ended_at is not None


PASSING = ["503", "429", "hang_up_before_store"]
REFUSED = {"scope_mismatch": "OAUTH_SCOPE_MISMATCH", "no_permission": "NO_PERMISSION"}


@pytest.mark.parametrize("mode", PASSING)
@pytest.mark.parametrize("only", ["update", "list"])
def test_while_zoho_does_not_answer_the_list_rests(
    sandbox: RunningSandbox, lossy: list[Lead], mode: str, only: str
) -> None:
    press(*lossy)
    sandbox.fault(mode, only=only)

    turn()
    assert items() == ["waiting"] * 2
    assert Repair.objects.get().error
    calls = ApiCall.objects.count()
    assert not has_work(Connection.objects.get(), timezone.now()), "no turn is woken"
    turn()
    assert ApiCall.objects.count() == calls, "nor asks anything"

    sandbox.control("DELETE", "faults")
    Rest.objects.update(until=timezone.now())
    assert has_work(Connection.objects.get(), timezone.now())
    turn()
    assert items() == ["restored"] * 2
    assert Repair.objects.get().error == ""


@pytest.mark.parametrize("mode", REFUSED)
@pytest.mark.parametrize("only", ["update", "list"])
def test_what_zoho_refuses_ends_the_repair_with_its_words(
    sandbox: RunningSandbox, lossy: list[Lead], mode: str, only: str
) -> None:
    [one] = press(*lossy)
    sandbox.fault(mode, only=only)

    turn()

    one.refresh_from_db()
    assert one.ended_at is not None
    assert items() == ["failed"] * 2
    assert all(REFUSED[mode] in item.text for item in one.items.all())
    assert Incomplete.objects.count() == 2
    assert not has_work(Connection.objects.get(), timezone.now())

    sandbox.control("DELETE", "faults")
    press(*lossy)
    turn()
    assert items()[2:] == ["restored"] * 2, "who presses again is not kept waiting"


def test_without_a_token_a_turn_asks_once(
    sandbox: RunningSandbox, lossy: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    press(*lossy)
    Connection.objects.update(access_token="")
    sandbox.fault("503", only="token")
    tries: list[int] = []
    work = mend.RepairRun.work

    def count(run: mend.RepairRun, some: list[RepairItem]) -> None:
        tries.append(len(some))
        work(run, some)

    monkeypatch.setattr(mend.RepairRun, "work", count)

    turn()

    assert tries == [2]
    assert items() == ["waiting"] * 2


def test_a_record_that_may_not_be_written_holds_back_no_other(
    sandbox: RunningSandbox, lossy: list[Lead]
) -> None:
    press(*lossy)
    sandbox.fault("record_error", only="update", code="NO_PERMISSION", times=1)

    turn()

    assert items() == ["failed", "restored"]
    assert "NO_PERMISSION" in RepairItem.objects.order_by("pk")[0].text


def test_a_repair_that_was_killed_writes_nothing_twice(
    sandbox: RunningSandbox, lossy: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    press(*lossy)

    def die(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mend.RepairRun, "settle", die)
        with pytest.raises(KeyboardInterrupt):
            turn()
    assert record(sandbox, lossy[0])["City"] == "Berlin"
    turn()
    turn()

    assert items() == ["restored"] * 2, "what it wrote before it was killed is its own"
    assert ApiCall.objects.filter(kind="update").count() == 2
    assert states() == ["whole"] * 2


def test_a_stopped_repair_leaves_the_rest(sandbox: RunningSandbox, lossy: list[Lead]) -> None:
    [one] = press(*lossy)

    assert stop(one)
    assert not stop(one)
    turn()

    assert items() == ["stopped"] * 2
    assert record(sandbox, lossy[0])["City"] is None
    assert len(press(*lossy)) == 1, "and can be begun again"


def test_of_an_erased_person_no_call_of_proof_tells(lossy: list[Lead]) -> None:
    press(*lossy)
    turn()
    turn()
    kinds = [ApiCall.Kind.READ, ApiCall.Kind.UPDATE]
    calls = ApiCall.objects.filter(kind__in=kinds)
    assert {call.kind for call in calls} == set(kinds)

    erase(Lead.objects.all())

    kept = " ".join(text for call in calls.all() for text in (call.request, call.response))
    assert [value for value in FULL.values() if value in kept] == []
