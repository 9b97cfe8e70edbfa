"""requirements.lock is what is installed: requirements.txt and the bill of materials agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.M)


def pins(name: str) -> dict[str, str]:
    found = PIN.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


EXTRAS = ["requirements-observe", "requirements-s3"]


@pytest.mark.parametrize("name", ["requirements", *EXTRAS])
def test_the_lock_has_every_pin(name: str) -> None:
    wanted, locked = pins(f"{name}.txt"), pins(f"{name}.lock")

    assert wanted
    assert wanted.items() <= locked.items(), "run make lock"


@pytest.mark.parametrize("name", EXTRAS)
def test_an_extra_changes_nothing_of_what_production_has(name: str) -> None:
    ours, theirs = pins("requirements.lock"), pins(f"{name}.lock")

    assert {
        package for package in ours.keys() & theirs.keys() if ours[package] != theirs[package]
    } == set()


@pytest.mark.parametrize("name", ["requirements", *EXTRAS])
def test_every_package_of_the_lock_has_hashes(name: str) -> None:
    entries = re.split(r"^(?=\S)", (ROOT / f"{name}.lock").read_text(), flags=re.M)
    without = [entry for entry in entries if entry.strip() and "--hash=sha256:" not in entry]

    assert len(pins(f"{name}.lock")) > 5
    assert without == []


# --- The bill of materials ------------------------------------------------------------------------


def test_the_bill_of_materials_is_the_lock(tmp_path: Path) -> None:
    recipe = re.search(r"-m (cyclonedx_py .*?) \\\n\t+(.*?)-o (\S+) (\S+)", makefile())
    assert recipe, "make sbom has changed"
    first, more, _out, lock = recipe.groups()
    bill = tmp_path / "bill.json"

    arguments = [*first.split(), *more.split(), "-o", str(bill), lock]
    subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=True, capture_output=True)

    told = {(one["name"], one["version"], hashes(one)) for one in parts(bill)}
    assert told == locked()


def makefile() -> str:
    return (ROOT / "Makefile").read_text()


def parts(bill: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(bill.read_text())["components"]
    return found


def hashes(part: dict[str, object]) -> frozenset[str]:
    return frozenset(re.findall(r"[0-9a-f]{64}", json.dumps(part["externalReferences"])))


def locked() -> set[tuple[str, str, frozenset[str]]]:
    text = (ROOT / "requirements.lock").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
    return {
        (*line.split()[0].split(";")[0].split("=="), frozenset(re.findall(r"sha256:(\w+)", line)))  # type: ignore[misc]  # a line has a name and a version
        for line in lines
    }
