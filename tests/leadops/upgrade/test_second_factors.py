"""The move from django-otp to django-allauth locks nobody out and lets nobody in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.databases import execute, new_database
from tests.leadops.upgrade.old_database import OldDatabase
from tests.leadops.upgrade.people import everybody, meanwhile

HOME, ASK = "/admin/", "/admin/second-factor/code/"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Where log-ins led after the migration, old code having run on beside the new one."""
    with new_database(tmp_path_factory.mktemp("old")) as url:
        old = OldDatabase.load("a44e094", url)
        execute(url, *everybody())
        old.run("migrate", "-v0")
        execute(url, *meanwhile())
        script = Path(__file__).with_name("log_in.py").read_text()
        told: dict[str, Any] = json.loads(old.run("shell", "-v0", "-c", script).splitlines()[-1])
        return told


@pytest.mark.parametrize(
    ("who", "led"),
    [
        ("no address", HOME),
        ("same address", [HOME, HOME]),
        ("drift", [HOME, "200"]),
        ("codes", [HOME, "200"]),  # in capitals; then it is used up
        ("used by old code", "200"),
        ("used", "200"),
        ("not confirmed", HOME),
        ("live", [200, 302, 302]),
        ("enrolled by old code", [ASK, HOME]),
        ("freed by old code", HOME),
        ("clear", False),
    ],
)
def test_after_the_move(seen: dict[str, Any], who: str, led: Any) -> None:
    assert seen[who] == led
