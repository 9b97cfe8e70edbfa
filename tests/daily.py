"""`-p tests.daily`: what `make test` runs on a database. `--rest`: what it leaves to `make long`.

Everything runs on SQLite but for tests marked `long`: rows of tables whose neighbours are run, and
what takes minutes. On PostgreSQL it is what a database may see otherwise: whatever commits, and the
rooms where leads are stored, claimed, counted and found (STORED), but for tests marked
`one_database`. Each journey and each fault runs on one database a day.

A test that pytest-django bars from databases, as it does without the fixtures below, is the same on
both: it runs on SQLite.
"""

from __future__ import annotations

import os
import unittest
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.runs import PROCESSES

ONE_DATABASE, LONG = "one_database", "long"
ROOT = Path(__file__).parent.parent
WITH_PROCESSES = (
    *(f"tests/{kind}" for kind in PROCESSES),
    *("tests/leadops", "tests/leads/worker", "tests/leads/another_crm"),
)
"""Folders with tests that start processes, which look for a database of their own."""
JOURNEYS = "tests/journeys"
ON_ONE = (JOURNEYS, "tests/faults/test_faults.py")
"""What plays through the whole system, on one database a day. Of faults `make long` plays more than
these, on both, by `tests.faults`: that is no part of `--rest`."""
SPOKEN = ("account", "fit", "gone", "layouts", "outage", "sales", "values", "words", "zoho_insert")
SAID = (
    *(f"{JOURNEYS}/intake", f"{JOURNEYS}/sources"),
    *(f"{JOURNEYS}/zoho/test_{name}.py" for name in SPOKEN),
)
"""Journeys of what sites and Zoho say; the others store, claim or reconcile: on PostgreSQL."""
STORED = (
    "tests/faults",
    *(f"tests/access/test_{name}.py" for name in ("actions", "foreign_ids", "matrix")),
    *(f"tests/leadops/{name}" for name in ("operations", "test_health.py", "test_production.py")),
    *(f"tests/leads/{room}" for room in ("counters", "decisions", "delivery", "models", "privacy")),
    *(f"tests/leads/{room}" for room in ("search", "selection", "store", "worker")),
    *("tests/leads/test_apply.py", "tests/leads/test_settled.py"),
    *(f"tests/leads/intake/{name}" for name in ("guard", "test_receive.py", "test_webhook.py")),
    *(f"tests/leads/desk/{room}" for room in ("bulk", "dashboard", "failed", "kit")),
    "tests/leads/desk/test_find.py",
    *("tests/notifications/outcomes", "tests/notifications/test_deliver.py"),
    *(f"tests/zoho/proof/test_{name}.py" for name in ("forget", "reconcile", "repair")),
    "tests/zoho/sales",
)
"""Where PostgreSQL's statements, locks and plans are at work. The matrix asks for every page."""
COMMITS = {"transactional_db", "at_once", "live_server", "postgres_url", "database_url"}
"""Whoever wants one of these looks at locks, at what others see or at the server: on both."""
FIXTURES = {"db", "transactional_db", "live_server", "postgres_url", "database_url"}
"""Whoever wants another fixture with a database has one of these among its own."""


def rest(*values: object) -> ParameterSet:
    """A row of a table that `make long` runs, as its neighbours are run each day."""
    return pytest.param(*values, marks=pytest.mark.long)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make long` says."""
    parser.addoption("--rest", action="store_true", help="only what `make test` leaves out")


def is_left(item: pytest.Item, is_second: bool) -> bool:
    """Whether `make test` leaves it to `make long`, on SQLite or on the second database."""
    if item.get_closest_marker(LONG):
        return True
    is_alike = item.get_closest_marker(ONE_DATABASE) is not None
    if is_in(item, *ON_ONE):
        return (is_alike or is_in(item, *SAID)) == is_second
    return is_second and (is_alike or not (is_in(item, *STORED) or commits(item)))


def is_in(item: pytest.Item, *places: str) -> bool:
    """Whether it is in one of these folders or files."""
    return any(item.path.is_relative_to(ROOT / place) for place in places)


def commits(item: pytest.Item) -> bool:
    """Whether what it does is there for other connections."""
    mark = item.get_closest_marker("django_db")
    if mark and mark.kwargs.get("transaction"):
        return True
    if not isinstance(item, pytest.Function):
        return True
    is_case = item.cls is not None and issubclass(item.cls, unittest.TestCase)
    return is_case or bool(COMMITS & set(item.fixturenames))


def differs(item: pytest.Item) -> bool:
    """Whether a test could see another database; of classes with rules of their own, always."""
    if not isinstance(item, pytest.Function) or item.get_closest_marker("django_db"):
        return True
    if is_in(item, *WITH_PROCESSES):
        return True
    return bool(FIXTURES & set(item.fixturenames)) or (
        item.cls is not None and issubclass(item.cls, unittest.TestCase)
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out, and say how many."""
    is_rest = config.getoption("rest")
    is_second = os.environ.get("TEST_DATABASE_URL", "").startswith("postgres")
    wanted = [
        (not is_second or differs(item)) and is_left(item, is_second) == is_rest for item in items
    ]
    others = [item for item, is_wanted in zip(items, wanted, strict=True) if not is_wanted]
    items[:] = [item for item, is_wanted in zip(items, wanted, strict=True) if is_wanted]
    config.hook.pytest_deselected(items=others)
