"""Records that were converted, merged or deleted before they were read back, and a repair."""

from __future__ import annotations

from typing import Any

import requests

from tests.journeys.kit.system import System, eventually
from tests.journeys.zoho.test_layouts import LEAD, define
from tests.journeys.zoho.test_proof import rows, states
from tests.journeys.zoho.test_reconcile import zoho_call

CLEARS = {"name": "Clean up", "clear": ["City", "Phone"]}
TABLE = "/admin/leads/failedlead/"


def order(system: System, what: str, **content: Any) -> None:
    """What sales people do with records."""
    answer = requests.post(f"{system.zoho}/sandbox/{what}", json=content, timeout=5)
    assert answer.ok, answer.text


def test_what_became_of_a_record_is_told_and_a_repair_inserts_nothing(system: System) -> None:
    define(system, workflows=[CLEARS])
    for name in ("Converted", "Deleted", "Merged", "Kept"):
        lead = LEAD | {"last_name": name, "email": f"{name}@example.org"}
        system.becomes(system.post(**lead).json()["id"], "delivered")
    converted, deleted, merged, kept = (record["id"] for record in system.records())
    order(system, "convert", ids=[converted])
    zoho_call(system, "DELETE", f"Leads/{deleted}")
    order(system, "merge", into=kept, ids=[merged])

    eventually(lambda: states(system) == ["converted", "gone", "gone", "incomplete"], 60)

    assert len(rows(system, "SELECT 1 FROM leads_incomplete")) == 1, "no false mark"
    said = system.manage("reconcile")
    assert "Delivered, and converted in Zoho since" in said
    assert said.count("Delivered, and not in Zoho") == 2
    pks = rows(system, "SELECT id FROM leads_lead ORDER BY id")
    ana = system.staff()
    stories = [ana.get(f"/admin/leads/lead/{pk}/change/") for pk in pks]
    assert ["Converted in Zoho" in page for page in stories] == [True, False, False, False]
    told = ["Deleted in Zoho, or merged into another record" in page for page in stories]
    assert told == [False, True, True, False]

    inserts = system.calls("insert")
    ana.submit(f"{TABLE}{pks[3]}/repair/")
    colleague = {"data": [{"City": "Potsdam"}], "trigger": []}
    zoho_call(system, "PUT", f"Leads/{kept}", json=colleague)
    for pk in pks:
        ana.submit(f"{TABLE}{pk}/repair/")
    eventually(lambda: states(system) == ["converted", "gone", "gone", "whole"], 60)

    [record] = [one for one in system.records() if one["id"] == kept]
    assert record["Phone"] == LEAD["phone"]
    assert record["City"] == "Potsdam"
    assert system.calls("insert") == inserts
    assert len(rows(system, "SELECT 1 FROM zoho_repairitem")) == 1
