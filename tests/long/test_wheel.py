"""`make wheel`: one file, installed far from any checkout, runs everything with `leadops run`."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import IO, Any

import pytest

from tests.environment import inherited
from tests.journeys.kit.system import eventually
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel was installed into. What it needs is there already."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    [wheel] = folder.glob("leadops-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


class Installation:
    """An installed wheel with a data folder of its own."""

    def __init__(self, site: Path, home: Path) -> None:
        ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
        self.home = home
        self.environment = (
            inherited() | ports | {"LEADOPS_HOME": str(home), "PYTHONPATH": str(site)}
        )

    def start(self) -> subprocess.Popen[str]:
        """`leadops run`, as in a terminal of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "leadops", "run"],
            cwd=self.home.parent,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def figures(self) -> dict[str, Any]:
        """What `leadops leadstats` counts."""
        done = subprocess.run(
            [sys.executable, "-m", "leadops", "leadstats", "--json"],
            cwd=self.home.parent,
            env=self.environment,
            capture_output=True,
            check=True,
        )
        return dict(json.loads(done.stdout))


@pytest.fixture
def installation(installed: Path, tmp_path: Path) -> Installation:
    return Installation(installed, tmp_path / "home")


@pytest.fixture
def running(installation: Installation) -> Iterator[IO[str]]:
    process = installation.start()
    assert process.stdout
    yield process.stdout
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=80)


def test_a_lead_reaches_the_sandbox(installation: Installation, running: IO[str]) -> None:
    told = "".join(takewhile(lambda line: not line.startswith("Ctrl-C stops"), running))
    posted = re.search(r"^  (curl .*)$", told, re.MULTILINE)
    assert posted, told

    subprocess.run([*shlex.split(posted[1]), "--fail"], check=True, capture_output=True)

    eventually(lambda: installation.figures()["delivered"] == 1, 60)
    assert (installation.home / "leadops.sqlite3").exists()
