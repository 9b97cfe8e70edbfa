"""One room knows the database."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

import leads
from leads.store import database

ROOT = Path(leads.__file__).parent


def test_nobody_else_looks_at_the_vendor() -> None:
    lookers = [
        str(module.relative_to(ROOT))
        for module in ROOT.rglob("*.py")
        if "connection.vendor" in module.read_text() and module.parent.name != "migrations"
    ]

    assert lookers == ["store/__init__.py"]


def test_the_room_is_that_of_the_database_in_use() -> None:
    assert type(database).__module__ == f"leads.store.{connection.vendor}"
