"""A database of an old version, with data, upgraded; and what the old code finds there then."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.daily import rest
from tests.databases import execute, new_database
from tests.leadops.upgrade.old_database import COMMITS, OldDatabase

STATUSES = ("received", "queued", "sending", "delivered", "failed", "entered", "discarded")


@dataclass(frozen=True)
class Upgraded:
    """A database that an old version filled and today's code has migrated."""

    old: OldDatabase
    before: dict[tuple[str, str], bool]
    """Its columns as the old version left them."""
    after: dict[tuple[str, str], bool]
    told: str
    """What migrate printed; that of a44e094's was cut off wherever a part of a migration stays."""


Upgrade = Callable[[str], Upgraded]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    """The database of a commit, one for all tests: to migrate it takes hundreds of migrations, and
    none of these tests needs it untouched.
    """
    with ExitStack() as stack:

        @cache
        def of(commit: str) -> Upgraded:
            url = stack.enter_context(new_database(tmp_path_factory.mktemp(commit)))
            old = OldDatabase.load(commit, url)
            before = old.columns()
            cut_off = Path(__file__).with_name("cut_off.py").read_text()
            is_whole = commit != "a44e094"
            told = old.run("migrate") if is_whole else old.run("shell", "-v0", "-c", cut_off)
            return Upgraded(old, before, old.columns(), told)

        yield of


@pytest.mark.parametrize("commit", [rest(COMMITS[0]), *COMMITS[1:]])
def test_old_code_can_write_on_the_new_schema(upgraded: Upgrade, commit: str) -> None:
    # Whatever was there is there, and what came later may be left out of an INSERT.
    before, after = upgraded(commit).before, upgraded(commit).after

    assert before.keys() - after.keys() == set()
    old_tables = {table for table, _column in before}
    new = {where: free for where, free in after.items() if where not in before}
    assert {w for w, free in new.items() if w[0] in old_tables and not free} == set()
    assert new


def test_a_stored_filter_that_nobody_can_read_stops_its_bulk_retry(upgraded: Upgrade) -> None:
    seen = upgraded("a44e094")
    states = execute(seen.old.url, "SELECT filter_key, state FROM leads_bulkretry ORDER BY 1")

    assert dict(states) == {"key-0": "running", "key-1": "stopped"}
    assert "saved view 2: reason" in seen.told


def test_a_migration_that_was_cut_off_goes_on(upgraded: Upgrade) -> None:
    seen = upgraded("a44e094")

    times = re.search(r"cut off (\d+) times", seen.told)
    assert times
    assert int(times[1]) >= 12
    if not seen.old.url.startswith("sqlite"):
        assert execute(seen.old.url, "SELECT 1 FROM pg_index WHERE NOT indisvalid") == []


@pytest.mark.parametrize("commit", [rest(COMMITS[0]), *COMMITS[1:]])
def test_an_old_database_is_upgraded_with_its_leads_and_works(
    upgraded: Upgrade, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = upgraded(commit).old
    stats = json.loads(old.run("leadstats", "--json"))
    assert {name: stats[name] for name in STATUSES} == {name: old.stats[name] for name in STATUSES}
    assert stats["attempts"]["13003"] == old.stats["attempts"]["13003"]
    monkeypatch.setenv("OLD_KEY", old.key)
    walk = Path(__file__).with_name("walk.py").read_text()
    seen = json.loads(old.run("shell", "-v0", "-c", walk).splitlines()[-1])
    assert {page for page, status in seen["pages"].items() if status != 200} == set()
    assert seen["ids"] == old.ids[:5]
