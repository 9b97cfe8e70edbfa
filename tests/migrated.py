"""Databases that `migrate` has left, made once for all runs: five seconds of work for each copy.

Without one (pytest by itself) everybody migrates a database of their own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from tests.databases import execute
from tests.environment import inherited, neutral

NAME = "migrated"
ROOT = Path(__file__).parent.parent


def make(urls: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Migrate a new database of each kind; what MIGRATED is for its runs."""
    with ThreadPoolExecutor() as threads:
        return dict(
            zip(urls, threads.map(lambda url: _make(url, folder), urls.values()), strict=True)
        )


def _make(server: str, folder: Path) -> str:
    if not server:
        file = folder / f"{NAME}.sqlite3"
        _migrate(f"sqlite:///{file}", folder)
        return str(file)
    execute(server, f"CREATE DATABASE {NAME}")
    _migrate(urlsplit(server)._replace(path=f"/{NAME}").geturl(), folder)
    return NAME


def _migrate(url: str, folder: Path) -> None:
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    environment = inherited() | neutral(url, mail_folder=folder / "mail")
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
