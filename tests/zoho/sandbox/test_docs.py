"""docs/sandbox.md: its tables are complete, its commands work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.kit.front import is_up
from tests.journeys.kit.system import eventually
from tests.postgres import free_port
from tests.zoho.sandbox.running import ROOT, RunningSandbox
from zoho.sandbox.calls.switches import SWITCHES
from zoho.sandbox.control.controls import TABLE
from zoho.sandbox.faults import MODES, Fault
from zoho.sandbox.routes import KINDS

PAGE = (ROOT / "docs" / "sandbox.md").read_text()
PROSE = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def part(heading: str) -> str:
    """The text under one heading of the second level."""
    return PROSE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Switches", list(SWITCHES)),
        ("Faults", [*filter(None, MODES), *Fault.__dataclass_fields__]),
        ("Control", [f"{method} {path}" for method, path in TABLE]),
        ("What it serves", list(KINDS)),
    ],
)
def test_a_table_names_all_there_is(heading: str, names: list[str]) -> None:
    told = set(re.findall(r"`([^`]+)`", part(heading)))

    assert {*names} - told - {"mode"} == set()


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_told_with_its_default(name: str) -> None:
    default, _, says = SWITCHES[name]

    assert f"| `{name}` | `{json.dumps(default)}` |" in part("Switches")
    assert says in part("Switches")


def test_the_start_command_starts_it(tmp_path: Path) -> None:
    program, *options = SHELL[0].split()
    assert program == "python"
    port = free_port()
    options = [word.replace("9000", str(port)) for word in options]
    folder = {"PYTHONPATH": str(ROOT)}
    (tmp_path / ".local").mkdir()

    process = subprocess.Popen([sys.executable, *options], cwd=tmp_path, env=os.environ | folder)

    try:
        eventually(lambda: is_up(f"http://127.0.0.1:{port}/sandbox/count"))
        assert (tmp_path / ".local" / "zoho-sandbox.sqlite3").exists()
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("number", range(1, len(SHELL)))
def test_commands_work_as_printed(sandbox: RunningSandbox, number: int, tmp_path: Path) -> None:
    commands = SHELL[number].replace("127.0.0.1:9000", f"127.0.0.1:{sandbox.port}")

    done = subprocess.run(
        ["bash", "-e"], input=commands, cwd=tmp_path, capture_output=True, text=True, timeout=20
    )

    assert done.returncode == 0, done.stderr
    assert '"error"' not in done.stdout
    assert '"status":"error"' not in done.stdout


def test_the_file_printed_defines_a_sandbox(
    start: Callable[..., RunningSandbox], store: Path, tmp_path: Path
) -> None:
    [printed] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "fields.json"
    file.write_text(printed)

    running = start(store, "--fields", str(file))

    assert running.insert({"Name": "V"}, module="Visits").status == 201
    assert running.insert({"Last_Name": "B", "Consent": True, "Plan": "Plus"}).status == 201
