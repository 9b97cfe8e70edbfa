"""The process: what it keeps, how it starts and stops, who may run it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.zoho.sandbox.running import ROOT, RunningSandbox

Start = Callable[..., RunningSandbox]
LEAD = {"Last_Name": "Berg", "Lead_Ref": "r1"}


def refused_start(*options: str) -> str:
    """What a start that cannot work says."""
    command = [sys.executable, "-m", "zoho.sandbox", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10)
    assert done.returncode == 1
    return done.stderr


def test_what_was_answered_as_stored_survives_kill_9(start: Start, store: Path) -> None:
    first = start(store)
    record = first.insert(LEAD).json["data"][0]["details"]["id"]
    first.kill()

    second = start(store)

    assert second.insert(LEAD).json["data"][0]["details"]["duplicate_record"]["id"] == record
    assert second.ledger()["kinds"]["insert"]["stored"] == 1


def test_tokens_survive_a_restart(start: Start, store: Path) -> None:
    first = start(store)
    headers = first.auth
    first.stop()

    assert start(store).call("GET", "/crm/v8/org", headers=headers).status == 200


def test_ids_are_not_given_out_twice(start: Start, store: Path) -> None:
    first = start(store)
    old = first.insert(LEAD).json["data"][0]["details"]["id"]
    first.control("DELETE", "records")
    first.stop()

    assert start(store).insert(LEAD).json["data"][0]["details"]["id"] > old


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_a_second(start: Start, store: Path, number: int) -> None:
    running = start(store)
    running.fault("store_then_drop")
    with pytest.raises(TimeoutError):
        running.crm("POST", "Leads", {"data": [LEAD]}, timeout=0.2)
    started = time.monotonic()

    assert running.stop(number) == 0
    assert time.monotonic() - started < 1


def test_it_says_where_it_listens(start: Start, store: Path) -> None:
    running = start(store)

    assert running.ready_line.startswith(f"Zoho sandbox on http://127.0.0.1:{running.port} ")


def test_two_sandboxes_do_not_share_a_store(start: Start, store: Path) -> None:
    start(store)

    assert "another sandbox" in refused_start("--port", "0", "--store", str(store))


def test_a_taken_port_is_named(start: Start, store: Path, tmp_path: Path) -> None:
    port = str(start(store).port)

    said = refused_start("--port", port, "--store", str(tmp_path / "other.sqlite3"))

    assert f"127.0.0.1:{port}" in said


def test_a_file_defines_fields_and_modules(start: Start, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text(
        '{"Leads": [{"api_name": "Email", "data_type": "email", "unique": true}],'
        ' "Visits": [{"api_name": "Name", "mandatory": true}]}'
    )
    running = start(store, "--fields", str(file))

    twins = [{"Last_Name": n, "Email": "a@b.example"} for n in "AB"]
    assert running.insert(*twins).status == 207
    assert running.insert({}, module="Visits").status == 400
    assert running.insert({"Name": "V"}, module="Visits").status == 201


def test_a_broken_field_file_is_named(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text('{"Leads": [{"api_name": "X", "data_type": "colour"}]}')

    assert "colour" in refused_start("--store", str(store), "--fields", str(file))


def test_the_sandbox_imports_nothing_of_the_project_it_judges() -> None:
    code = (
        "import sys, zoho.sandbox.process\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'leads', 'requests')"
        " or (m.startswith('zoho.') and not m.startswith('zoho.sandbox'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"
