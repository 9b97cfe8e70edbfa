"""A database of an old version, with data, upgraded; and what the old code finds there then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.databases import execute
from tests.leadops.upgrade.old_database import COMMITS, OldDatabase

STATUSES = ("received", "queued", "sending", "delivered", "failed", "entered", "discarded")


@pytest.fixture(params=COMMITS)
def old(request: pytest.FixtureRequest, database_url: str) -> OldDatabase:
    """A database that an old version filled."""
    return OldDatabase.load(request.param, database_url)


def test_an_old_database_is_upgraded_with_its_leads_and_works(
    old: OldDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.run("migrate", "-v0")

    stats = json.loads(old.run("leadstats", "--json"))
    assert {name: stats[name] for name in STATUSES} == {name: old.stats[name] for name in STATUSES}
    assert stats["attempts"]["13003"] == old.stats["attempts"]["13003"]
    monkeypatch.setenv("OLD_KEY", old.key)
    walk = Path(__file__).with_name("walk.py").read_text()
    seen = json.loads(old.run("shell", "-v0", "-c", walk).splitlines()[-1])
    assert {page for page, status in seen["pages"].items() if status != 200} == set()
    assert seen["ids"] == old.ids[:5]


def test_old_code_can_write_on_the_new_schema(old: OldDatabase) -> None:
    # Whatever was there is there, and what came later may be left out of an INSERT.
    before = old.columns()

    old.run("migrate", "-v0")

    after = old.columns()
    assert before.keys() - after.keys() == set()
    old_tables = {table for table, _column in before}
    new = {where: free for where, free in after.items() if where not in before}
    assert {w for w, free in new.items() if w[0] in old_tables and not free} == set()
    assert new


def test_a_stored_filter_that_nobody_can_read_stops_its_bulk_retry(database_url: str) -> None:
    old = OldDatabase.load("a44e094", database_url)

    told = old.run("migrate")

    states = execute(old.url, "SELECT filter_key, state FROM leads_bulkretry ORDER BY 1")
    assert dict(states) == {"key-0": "running", "key-1": "stopped"}
    assert "saved view 2: reason" in told
