"""The commands that docs/zoho.md prints, typed in before a sandbox."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

from tests.journeys.kit.system import ROOT, System

PAGE = (ROOT / "docs" / "zoho.md").read_text()


def typed(system: System, name: str) -> tuple[int, list[str]]:
    """Exit code and lines of the printed line that calls this command."""
    [line] = re.findall(rf"^python manage\.py ({name} .*)$", PAGE, re.MULTILINE)
    command = [sys.executable, str(ROOT / "manage.py"), *shlex.split(line)]
    done = subprocess.run(
        command, cwd=system.folder, env=system.environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_reconcile_runs_as_it_is_printed(system: System) -> None:
    code, lines = typed(system, "reconcile")

    assert code == 0
    assert "0 leads delivered, 0 records" in lines[0]


def test_records_are_inserted_as_it_is_printed(system: System) -> None:
    [printed] = re.findall(r"^```json\n(\[.*?\])\n```", PAGE, re.MULTILINE | re.DOTALL)
    (system.folder / "deals.json").write_text(printed)

    code, lines = typed(system, "zoho_insert")

    assert code == 0
    assert [line[:9] for line in lines] == ["1: 13003 ", "2: 13003 "]
