"""A database of a44e094 with ten million leads is migrated while a site posts fifty a second.

35 GB of disk and most of an hour: `UPGRADE_ROWS=100000` for less. It lies in /var/tmp, or in the
folder that UPGRADE_KEPT names, where the filled database stays and each run takes a copy of it.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.databases import execute
from tests.journeys.kit.front import nginx_before
from tests.journeys.kit.system import eventually
from tests.long.upgrade.installation import Installation, installed
from tests.long.upgrade.locks import LockWatch, errors_of
from tests.long.upgrade.old_rows import OLD, ROWS, VACUUM, filled, has_autovacuum
from tests.long.upgrade.sender import HEAD, Sender, row
from tests.long.upgrade.test_under_load import NEW
from tests.postgres import Cluster, cluster

KEPT = os.environ.get("UPGRADE_KEPT", "")
SLOW_STATEMENT = re.compile(r"duration: (\d+)\.\d+ ms  statement: (.*)")
SIZES = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND pg_total_relation_size(oid) > 10000000 ORDER BY 2 DESC
"""
NOT_DONE = """
SELECT (SELECT count(*) FROM pg_index WHERE NOT indisvalid),
    (SELECT count(*) FROM pg_constraint WHERE NOT convalidated)
"""
COUNTED = """
SELECT count(*) = 3 AND min(amount) = max(amount) FROM leads_total
WHERE grain IN ('fold', 'whole', 'every')
"""
"""Whether all that was folded is counted by hour, day and reason, and for all sites together."""


class Big:
    """The filled installation, its sender and what is seen of the locks."""

    def __init__(self, installation: Installation, port: int) -> None:
        self.installation = installation
        key = installation.manage("createsite", "Shop", "--recipient", "s@example.com").strip()
        self.sender, self.locks = Sender(port, key), LockWatch(installation.database)
        self.phases: list[str] = []

    def phase(self, name: str, seconds: float = 0) -> None:
        """From now on this goes on."""
        self.phases.append(name)
        self.sender.phase = name
        time.sleep(seconds)

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """What the database says."""
        return execute(self.installation.database, question)

    def report(self, server: Cluster) -> None:
        """What is seen with `pytest -s`, and where something fails."""
        posts = self.sender.answers
        print(f"\n{ROWS} leads\n{HEAD}")
        for name in self.phases:
            lock = self.locks.seconds if name == "migrate" else 0
            print(row(name, [one for one in posts if one.phase == name], lock))
        for name, longest in (("held", self.locks.longest), ("waited for", self.locks.waited)):
            print(name, {table: round(seconds, 2) for table, seconds in longest.items()})
        print({(one.phase, one.status, one.said) for one in posts if one.status != 202})
        for table, size in self.ask(SIZES):
            print(f"{table}: {int(str(size)) / 1e9:.2f} GB")
        for milliseconds, statement in SLOW_STATEMENT.findall(server.log()):
            print(f"{int(milliseconds) / 1000:>7.1f} s {statement[:150]}")
        print("\n".join(f"{count:>6} × {error}" for error, count in errors_of(server.log())))


@pytest.fixture
def server() -> Iterator[Cluster]:
    """On a disk, whatever the other tests lie on."""
    with ExitStack() as stack:
        folder = KEPT or stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp"))
        Path(folder).chmod(0o711)  # PostgreSQL passes through as another user
        options = {
            "log_min_duration_statement": "1s",
            "log_lock_waits": "on",
            "autovacuum_naptime": "5s",
        }
        server = stack.enter_context(cluster(Path(folder) / "postgresql", **options))
        # Of this run alone: another one's is there where it is kept.
        (server.folder / "server.log").write_text("")
        yield server


@pytest.fixture
def big(server: Cluster, tmp_path: Path) -> Iterator[Big]:
    """The old release with everything that belongs to it, fifty posts a second going in."""
    with ExitStack() as stack:
        began = time.monotonic()
        url = stack.enter_context(filled(server, tmp_path / "filling", bool(KEPT)))
        print(f"\nfilled in {time.monotonic() - began:.0f} s")
        (tmp_path / "installed").mkdir()
        installation = stack.enter_context(installed(tmp_path / "installed", url, OLD))
        (tmp_path / "nginx").mkdir()
        plenty = {"rate": "=200r/s", "burst": "=5000", "limit_conn leadops_connections": " 1000"}
        front = stack.enter_context(
            nginx_before(installation.web_port, tmp_path / "nginx", **plenty)
        )
        big = Big(installation, front.port)
        big.phase("the old release")
        big.sender.start()
        yield big
        big.sender.stop()
        big.report(server)


def test_ten_million_leads_are_migrated_beside_posts(big: Big) -> None:
    installation = big.installation
    time.sleep(8)
    big.phase("autovacuum begins")
    big.ask(VACUUM)
    with suppress(AssertionError):  # a small table is clean before it is seen
        eventually(lambda: has_autovacuum(installation.database), 60)
    print(f"autovacuum of leads under way: {has_autovacuum(installation.database)}")
    installation.checkout(NEW)
    big.phase("migrate")
    began = time.monotonic()
    big.locks.start()
    print(installation.manage("migrate"))
    big.locks.stop()
    print(f"migrate took {time.monotonic() - began:.0f} s")
    assert big.ask(NOT_DONE) == [(0, 0)]
    big.phase("old web and worker, new schema", 15)
    big.phase("old web, new worker")
    installation.end("worker")
    began = time.monotonic()
    installation.start_worker()
    eventually(lambda: big.ask(COUNTED) == [(True,)], 600)
    print(f"leads are counted by hour and reason {time.monotonic() - began:.0f} s after its start")
    eventually(lambda: to_search(big) < ROWS, 600)
    before, began = to_search(big), time.monotonic()
    time.sleep(20)
    big.sender.stop()
    done, took = before - to_search(big), time.monotonic() - began
    print(f"{done} leads of before could be searched for in {took:.0f} s")

    posts = big.sender.answers
    assert {(one.phase, one.status, one.said) for one in posts if one.status != 202} == set()
    assert done
    assert big.locks.seconds <= 1
    assert big.locks.seconds_waited <= 1
    taken = len({one.lead for one in posts})
    eventually(lambda: installation.count(f"id > {ROWS} AND status = 'delivered'") == taken, 300)
    stats = json.loads(installation.manage("leadstats", "--json"))
    assert stats["received"] == ROWS + taken == installation.count("true")


def to_search(big: Big) -> int:
    """The id down from which leads of before lack search tokens; none before any sweep."""
    found = big.ask("SELECT older FROM leads_searchindex")
    return int(str(found[0][0])) if found else 2**63
