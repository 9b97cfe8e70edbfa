"""What is told of a repair that restored some values, and of one whose answer was lost."""

from __future__ import annotations

from typing import Any

import pytest

from leads.clock import Deadline
from leads.models import ApiCall, Incomplete, Lead, LeadEvent, Site
from tests.zoho.proof.conftest import Deliver, states, turn
from tests.zoho.proof.test_read_back import WEB, define
from tests.zoho.proof.test_repair import CLEARS, items, press, record
from tests.zoho.sandbox.running import RunningSandbox
from zoho.api import client
from zoho.models import Loss, RepairItem, Rest
from zoho.proof.repair import stop

pytestmark = pytest.mark.django_db


@pytest.fixture
def narrow(sandbox: RunningSandbox, delivered: Deliver, shop: Site) -> Lead:
    """A lead whose layout lost four values' fields and that of the reference."""
    define(sandbox, layouts=[{"id": WEB, "name": "Web"}])
    shop.options = {"Layout": {"id": WEB}}
    shop.save()
    delivered()
    turn()
    names = ["Last_Name", "Email", "Description"]
    define(sandbox, layouts=[{"id": WEB, "name": "Web", "fields": names}])
    [lead] = delivered(message="hi")
    turn()
    assert Incomplete.objects.get(lead=lead).missing == "City, Lead_Ref, Phone, Zip_Code"
    return lead


def test_what_was_restored_is_told_and_only_what_is_missing_stays_marked(
    sandbox: RunningSandbox, narrow: Lead
) -> None:
    for _ in range(2):
        press(narrow)
        turn()
        turn()

        assert Incomplete.objects.get(lead=narrow).missing == "Lead_Ref"
        lost = Loss.objects.filter(read_back__lead=narrow, restored_at=None)
        assert list(lost.values_list("field", flat=True)) == ["Lead_Ref"]
        note = LeadEvent.objects.get(lead=narrow).note
        assert note == "City, Phone, Zip_Code → Description; not restored: Lead_Ref"
    said = record(sandbox, narrow)["Description"].splitlines()
    assert said == ["hi", "City: Berlin", "Phone: +49 30 123456", "Zip Code: 10115"]
    assert items() == ["restored", "failed"]
    assert all("our own reference" in item.text for item in RepairItem.objects.all())
    assert ApiCall.objects.filter(kind="update").count() == 1
    assert states()[-1] == "incomplete"


def test_what_has_no_room_stays_marked_beside_what_somebody_filled(
    sandbox: RunningSandbox, delivered: Deliver
) -> None:
    define(sandbox, workflows=[CLEARS])
    [lead] = delivered(message="x" * 31_990)
    turn()
    Loss.objects.update(was_restored=True)
    mine = {"data": [{"City": "Potsdam"}], "trigger": []}
    sandbox.crm("PUT", f"Leads/{lead.zoho_id}", mine)
    press(lead)

    turn()

    assert (items(), Incomplete.objects.get(lead=lead).missing) == (["failed"], "Phone")
    assert not LeadEvent.objects.filter(kind="repaired").exists()


@pytest.fixture
def lost_answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first update is done, and nobody hears of it; the methods of all."""
    send, puts = client.send, list[str]()

    def lose(call: ApiCall, deadline: Deadline, method: str, url: str, **content: Any) -> Any:
        answer = send(call, deadline, method, url, **content)
        if method == "PUT":
            puts.append(method)
            if len(puts) == 1:
                call.status = None
                raise client.NoAnswer("lost")
        return answer

    monkeypatch.setattr(client, "send", lose)
    return puts


@pytest.mark.parametrize(
    ("drop", "note"), [([], "City, Phone"), (["City"], "Phone; City → Description")]
)
def test_a_write_whose_answer_was_lost_is_told_as_ours(
    sandbox: RunningSandbox,
    delivered: Deliver,
    lost_answers: list[str],
    drop: list[str],
    note: str,
) -> None:
    define(sandbox, workflows=[CLEARS])
    [lead] = delivered()
    turn()
    define(sandbox, workflows=[], drop=drop)
    press(lead)
    turn()
    assert items() == ["waiting"]
    Rest.objects.all().delete()
    turn()
    turn()

    assert (items(), states(), len(lost_answers)) == (["restored"], ["whole"], 1)
    assert LeadEvent.objects.get(lead=lead).note == note


def test_a_repair_stopped_after_a_lost_answer_says_nothing_of_what_it_tried(
    sandbox: RunningSandbox, delivered: Deliver, lost_answers: list[str]
) -> None:
    define(sandbox, workflows=[CLEARS])
    [lead] = delivered()
    turn()
    [one] = press(lead)
    turn()

    stop(one)

    assert list(RepairItem.objects.values_list("state", "text")) == [("stopped", "")]
