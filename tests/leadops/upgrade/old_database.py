"""Databases that old versions filled: posts of every fate, a person, saved views, bulk retries.

`dumps/` holds what the code of each commit wrote, run as its README says, on each database: eight
posts, a worker and a sandbox; then two more that nobody sent. Never made anew by newer code.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from tests.databases import execute
from tests.environment import inherited, neutral

DUMPS = Path(__file__).parent / "dumps"
ROOT = Path(__file__).parents[3]
COMMITS = ("c8aa02a", "a44e094")
COLUMNS = {
    "sqlite": (
        'SELECT m.name, c.name, c."notnull" = 0 OR c.dflt_value IS NOT NULL OR c.pk '
        "FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    ),
    "postgresql": (
        "SELECT table_name, column_name, is_nullable = 'YES' OR column_default IS NOT NULL "
        "OR is_identity = 'YES' FROM information_schema.columns WHERE table_schema = 'public'"
    ),
}


@dataclass(frozen=True)
class OldDatabase:
    """A database that an old version left behind."""

    commit: str
    url: str
    key: str
    """The secret key of its site."""
    ids: list[str]
    """What its first eight posts were answered."""
    stats: dict[str, Any]
    """What its `leadstats --json` said at the end."""

    @classmethod
    def load(cls, commit: str, url: str) -> OldDatabase:
        """Fill the empty database at `url` with what the commit left."""
        vendor = "sqlite" if url.startswith("sqlite") else "postgresql"
        script = gzip.decompress((DUMPS / f"{commit}.{vendor}.sql.gz").read_bytes()).decode()
        if vendor == "sqlite":
            with closing(sqlite3.connect(urlsplit(url).path)) as connection:
                connection.executescript(script)
        else:
            with closing(psycopg2.connect(url)) as connection:
                connection.cursor().execute(script)
                connection.commit()
        told = json.loads((DUMPS / f"{commit}.{vendor}.json").read_text())
        return cls(commit, url, told["key"], told["ids"], told["stats"])

    def run(self, *arguments: str) -> str:
        """What a command of today's code prints on this database; its failure ends the test."""
        environment = inherited() | neutral(self.url, Path(os.devnull)) | {"DEBUG": "true"}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def columns(self) -> dict[tuple[str, str], bool]:
        """Whether an INSERT may leave a column out, by table and column."""
        vendor = "sqlite" if self.url.startswith("sqlite") else "postgresql"
        return {
            (table, name): bool(free) for table, name, free in execute(self.url, COLUMNS[vendor])
        }
