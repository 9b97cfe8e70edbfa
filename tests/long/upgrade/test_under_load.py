"""Upgrading, in docs/deploy.md, from old releases, while a site posts fifty leads a second."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.journeys.kit.front import Front, nginx_before
from tests.journeys.kit.system import eventually
from tests.long.upgrade.installation import ROOT, Installation, answers, installed
from tests.long.upgrade.locks import LockWatch, errors_of
from tests.long.upgrade.sender import HEAD, Sender, longest_stretch, row
from tests.postgres import Cluster, cluster

RELEASES = ("a44e094", "ddabeae")
"""The first one that was kept in use, and the last one that had no upgrade of its own."""
NEW = subprocess.run(
    ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
).stdout.strip()
NEW_UNITS = "new units: the socket that stays"
RECYCLED = "a web process is recycled: new code, old schema"


class Upgrade:
    """One upgrade, its sender and what was seen of the locks."""

    def __init__(self, old: str, installation: Installation, front: Front) -> None:
        self.old, self.installation = old, installation
        key = installation.manage("createsite", "Shop", "--recipient", "s@example.com").strip()
        self.sender, self.locks = Sender(front.port, key), LockWatch(installation.database)
        self.phases: list[str] = []
        self.seconds_of_migrate = 0.0

    def phase(self, name: str, seconds: float = 0) -> None:
        """From now on this goes on."""
        self.phases.append(name)
        self.sender.phase = name
        time.sleep(seconds)

    def migrate(self) -> None:
        """Bring the schema to the code that is there, and watch how long it keeps tables."""
        self.phase("migrate")
        began = time.monotonic()
        self.locks.start()
        self.installation.manage("migrate", "-v0")
        self.locks.stop()
        self.seconds_of_migrate = time.monotonic() - began

    def report(self, server: Cluster) -> None:
        """What is seen with `pytest -s`, and where something fails."""
        posts = self.sender.answers
        print(f"\n{HEAD}")
        for name in self.phases:
            lock = self.locks.seconds if name == "migrate" else 0
            print(row(name, [one for one in posts if one.phase == name], lock))
        print(row(f"all, from {self.old}", posts, self.locks.seconds))
        print({table: round(seconds, 2) for table, seconds in self.locks.longest.items()})
        print({(one.phase, one.status, one.said) for one in posts if one.status != 202})
        print(f"migrate took {self.seconds_of_migrate:.0f} s; the server's errors:")
        print("\n".join(f"{count:>6} × {error}" for error, count in errors_of(server.log())))


@pytest.fixture(params=RELEASES)
def upgrade(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Upgrade]:
    """An old release with everything that belongs to it, fifty posts a second going in."""
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        installation = stack.enter_context(installed(tmp_path, server.url, request.param))
        (tmp_path / "nginx").mkdir()
        plenty = {"rate": "=200r/s", "burst": "=5000", "limit_conn leadops_connections": " 1000"}
        front = stack.enter_context(
            nginx_before(installation.web_port, tmp_path / "nginx", **plenty)
        )
        upgrade = Upgrade(request.param, installation, front)
        upgrade.phase("the old release")
        upgrade.sender.start()
        yield upgrade
        upgrade.sender.stop()
        upgrade.report(server)


def test_an_upgrade_by_the_guide_and_back(upgrade: Upgrade) -> None:
    installation = upgrade.installation
    time.sleep(8)
    # 1. The code is there: what starts by itself from now on is new, on the old schema.
    upgrade.phase(RECYCLED)
    installation.checkout(NEW)
    installation.kill_one_web_process()
    installation.start_worker("new worker")
    time.sleep(10)
    # 2. The schema
    upgrade.migrate()
    upgrade.phase("old web, both workers, new schema", 5)
    # 3. Web and worker
    upgrade.phase("reload of web")
    installation.reload_web()
    upgrade.phase("the old worker ends")
    installation.end("worker")
    # And back, and forward again.
    upgrade.phase("rollback: old code, new schema")
    installation.checkout(upgrade.old)
    installation.reload_web()
    installation.start_worker("old worker")
    time.sleep(5)
    upgrade.phase("forward again")
    installation.checkout(NEW)
    installation.reload_web()
    installation.end("old worker")
    # 4. The units
    upgrade.phase(NEW_UNITS)
    installation.end("web")
    installation.open_socket()
    installation.start_web()
    eventually(lambda: answers(f"{installation.web_url}/healthz/ready"), 120)
    upgrade.phase("restart of web behind its socket")
    installation.end("web")
    installation.start_web()
    eventually(lambda: answers(f"{installation.web_url}/healthz/ready"), 120)
    upgrade.phase("the new release", 3)
    upgrade.sender.stop()

    posts = upgrade.sender.answers
    assert {(one.phase, one.status, one.said) for one in posts if not one.is_polite} == set()
    assert {one.phase for one in posts if one.status == 503} <= {NEW_UNITS}
    assert longest_stretch(posts) <= 2
    assert upgrade.locks.seconds <= 1
    taken = {one.lead for one in posts if one.lead}
    eventually(lambda: installation.count("status = 'delivered'") == len(taken), 300)
    url = f"{installation.zoho}/sandbox/records?module=Leads"
    assert len(requests.get(url, timeout=120).json()["records"]) == len(taken)


def test_web_is_restarted_before_the_schema_is_there(upgrade: Upgrade) -> None:
    installation = upgrade.installation
    time.sleep(3)
    upgrade.phase("web restarted too early")
    installation.checkout(NEW)
    installation.end("web")
    installation.start_web()
    eventually(lambda: answers(f"{installation.web_url}/healthz/live"), 120)
    time.sleep(5)
    upgrade.migrate()
    upgrade.phase("the new release", 5)
    upgrade.sender.stop()

    posts = upgrade.sender.answers
    assert {(one.phase, one.status, one.said) for one in posts if not one.is_polite} == set()
    assert {one.status for one in posts if one.phase == "the new release"} == {202}
