"""`leadops`: one command for what an operator does."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from leadops.operations import command_line, first_settings
from tests.environment import inherited

ROOT = Path(__file__).parents[3]


NO_POWERS = ("-dac_override", "-dac_read_search")
"""What lets root read any file, as setpriv takes it."""


def leadops(home: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leadops", *words],
        cwd=ROOT,
        input=typed,
        env=inherited() | {"LEADOPS_HOME": str(home)},
        capture_output=True,
        text=True,
    )


def test_the_file_of_settings_is_enough_to_start_with(tmp_path: Path) -> None:
    """Keys are fresh, and a second `init` never takes away those in use."""
    home = tmp_path / "home"

    assert leadops(home, "init", "--url", "https://leads.example.org/").returncode == 0

    text = (home / ".env").read_text()
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    assert "PUBLIC_URL=https://leads.example.org\n" in text
    checked = leadops(home, "check")
    assert checked.returncode == 0, checked.stderr
    again = leadops(home, "init")
    assert again.returncode == 1
    assert "nothing was written" in again.stderr
    assert (home / ".env").read_text() == text


def test_the_address_of_the_database_need_not_stand_in_a_command(tmp_path: Path) -> None:
    url = "postgres://leadops:secret@127.0.0.1:5432/leadops"

    assert leadops(tmp_path, "init", "--database", "-", typed=f"{url}\n").returncode == 0

    assert f"DATABASE_URL={url}\n" in (tmp_path / ".env").read_text()


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET_KEY=x\n")
    (tmp_path / ".env").chmod(0o000)
    powers = ",".join(NO_POWERS)
    as_anybody = ["setpriv", "--bounding-set", powers, "--inh-caps", powers]

    done = subprocess.run(
        [*(as_anybody if os.geteuid() == 0 else ()), sys.executable, "-m", "leadops", "check"],
        cwd=ROOT,
        env=inherited() | {"LEADOPS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"LeadOps cannot start: {tmp_path}/.env cannot be read by ")
    assert "Permission denied" in done.stderr


def test_keys_are_made_anew_each_time() -> None:
    given = ("https://a.example", "", "")

    one, two = first_settings.text(*given), first_settings.text(*given)

    assert one.splitlines()[3:6] != two.splitlines()[3:6]


def test_every_command_is_named_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    told = command_line.usage()

    for name, command in command_line.COMMANDS.items():
        assert f"  {name:12} {command.what}" in told.splitlines()


def test_the_web_process_runs_as_its_unit_does() -> None:
    unit = (ROOT / "deploy" / "leadops-web.service").read_text().replace("\\\n", " ").split()

    for option, value in zip(command_line.WEB[::2], command_line.WEB[1::2], strict=True):
        assert unit[unit.index(option) + 1] == value
