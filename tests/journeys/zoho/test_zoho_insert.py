"""`zoho_insert` into several modules of the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import requests

from tests.daily import rest
from tests.journeys.kit.system import ROOT, System

FILES: list[tuple[str, dict[str, Any]]] = [
    ("Contacts", {"Last_Name": "Berg"}),
    ("accounts", {"Account_Name": "Nordlicht"}),
    ("Deals", {"Deal_Name": "Roof", "Stage": "Qualification"}),
    (
        "Meetings",
        {
            "Event_Title": "Visit",
            "Start_DateTime": "2027-01-02T09:00:00+01:00",
            "End_DateTime": "2027-01-02T10:00:00+01:00",
        },
    ),
]


def insert(system: System, module: str, records: Any, *options: str) -> tuple[int, list[str]]:
    file = system.folder / "records.json"
    file.write_text(json.dumps(records))
    done = subprocess.run(
        [sys.executable, "manage.py", "zoho_insert", module, str(file), *options],
        cwd=ROOT,
        env=system.environment,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(("module", "record"), FILES)
def test_a_record_of_each_module_is_inserted(
    system: System, module: str, record: dict[str, Any]
) -> None:
    code, lines = insert(system, module, [record])

    assert (code, len(lines), lines[0][:9]) == (0, 1, "1: 13003 "), lines


def test_a_file_of_250_takes_three_calls_and_each_record_has_its_line(system: System) -> None:
    records: list[dict[str, Any]] = [{"Last_Name": f"Lead {n}"} for n in range(250)]
    records[6] = {"Company": "Nameless"}
    records[7]["Email"] = "not an address"

    code, lines = insert(system, "Leads", {"data": records})

    assert code == 1
    assert len(lines) == 250
    assert "7: 13002 Zoho refused the record (Last_Name: Zoho requires it in Leads.)" in lines
    assert any(line.startswith("8: 13002 Value not written as") for line in lines)
    assert system.calls("insert") == 3
    assert len(system.records()) == 248
    kinds = system.sql("SELECT count(*) FROM leads_apicall WHERE kind = 'insert'")
    assert kinds == [(3,)]


def test_an_unknown_outcome_stops_and_is_said(system: System) -> None:
    system.fault(mode="store_then_hang_up", times=1)

    code, lines = insert(system, "Leads", [{"Last_Name": f"Lead {n}"} for n in range(150)])

    assert code == 1
    assert len(lines) == 100
    assert "Zoho did not answer" in lines[0]
    assert system.calls("insert") == 1


def test_an_upsert_names_what_must_match_and_a_dry_run_sends_nothing(system: System) -> None:
    assert insert(system, "Leads", [{"Last_Name": "A"}], "--upsert")[0] == 1
    assert insert(system, "Leads", [{"Company": "A"}], "--dry-run")[0] == 1
    assert system.calls("insert") == system.calls("upsert") == 0
    options = ["--upsert", "--check-field", "Email"]
    for name in ("Ada", "Lovelace"):
        record = {"Last_Name": name, "Email": "ada@example.com"}
        assert insert(system, "Leads", [record], *options)[0] == 0
    assert [record["Last_Name"] for record in system.records()] == ["Lovelace"]
    assert requests.get(f"{system.zoho}/sandbox/count", timeout=5).ok


def test_the_keys_beside_data_are_sent(system: System) -> None:
    file = {"data": [{"Last_Name": "Berg"}], "trigger": [], "lar_id": "6100000000000333001"}

    code, lines = insert(system, "Leads", file)

    assert code == 0, lines
    [call] = requests.get(f"{system.zoho}/sandbox/ledger?last=1", timeout=5).json()["last"]
    assert '"trigger": []' in str(call) or "'trigger': []" in str(call), call


@pytest.mark.parametrize(
    "beside",
    [
        {"triggers": []},
        rest({"duplicate_check_fields": ["Email"]}),
        rest({"lar_id": 5}),
        rest({"trigger": ["nothing"]}),
        rest({"Owner": {"id": "1"}}),
    ],
)
def test_a_key_that_zoho_would_ignore_is_refused(system: System, beside: dict[str, Any]) -> None:
    code, lines = insert(system, "Leads", {"data": [{"Last_Name": "Berg"}], **beside})

    assert (code, lines) == (1, [])
    assert system.records() == []
