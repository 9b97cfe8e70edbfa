"""requirements.lock is what is installed: it must say the same as requirements.txt."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.M)


def pins(name: str) -> dict[str, str]:
    found = PIN.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


def test_the_lock_has_every_pin() -> None:
    wanted, locked = pins("requirements.txt"), pins("requirements.lock")

    assert wanted.items() <= locked.items(), "run make lock"


def test_every_package_of_the_lock_has_hashes() -> None:
    entries = re.split(r"^(?=\S)", (ROOT / "requirements.lock").read_text(), flags=re.M)
    without = [entry for entry in entries if entry.strip() and "--hash=sha256:" not in entry]

    assert len(pins("requirements.lock")) > 20
    assert without == []
