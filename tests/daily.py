"""`-p tests.daily`: what `make test` runs on a database. `--rest`: what it leaves to `make long`.

Left are tests marked `long`: rows of tables whose neighbours are run, and what takes minutes. On
PostgreSQL `one_database` is left too: tests of words, markup and refusals whose pages and
statements are asked for on both by others, above all by tests/access/test_matrix.py. So it is for
whole folders of such tests (SAID), but for what commits. Each journey runs on one database a day.

A test that pytest-django bars from databases, as it does without the fixtures below, is the same on
both: it runs on SQLite.
"""

from __future__ import annotations

import os
import unittest
from pathlib import Path

import pytest

from tests.runs import PROCESSES

ONE_DATABASE, LONG = "one_database", "long"
ROOT = Path(__file__).parent.parent
WITH_PROCESSES = (
    *(f"tests/{kind}" for kind in PROCESSES),
    *("tests/leadops", "tests/leads/worker", "tests/leads/another_crm"),
)
"""Folders with tests that start processes, which look for a database of their own."""
JOURNEYS = "tests/journeys"
SPOKEN = ("account", "fit", "gone", "layouts", "outage", "sales", "values", "words", "zoho_insert")
"""Journeys of what is said to Zoho and heard from it; the others store, claim or reconcile."""
SAID = (
    *("tests/access/test_factors.py", "tests/access/test_limited.py"),
    *("tests/leadops/accounts", "tests/leadops/languages"),
    *("tests/leads/desk/lead", "tests/leads/desk/sites"),
    *("tests/leads/delivery/test_quiet.py", "tests/leads/desk/failed/test_not_understood.py"),
    *("tests/notifications/link_pages", "tests/notifications/mail"),
    *(f"tests/notifications/test_{name}.py" for name in ("compose", "pauses", "throttle")),
    *("tests/zoho/desk", "tests/zoho/setup"),
    *("tests/journeys/intake", "tests/journeys/sources"),
    *(f"tests/journeys/zoho/test_{name}.py" for name in SPOKEN),
)
"""What people read and are refused, what servers and Zoho say, and hours by a clock of the test's
own. What is about storing, claiming, counting, finding, delivering, migrating or locking runs on
both databases, and as a journey on PostgreSQL."""
COMMITS = {"transactional_db", "at_once", "live_server"}
"""Whoever wants one of these looks at locks, or at what others see: on both."""
FIXTURES = {"db", "transactional_db", "live_server", "postgres_url", "database_url"}
"""Whoever wants another fixture with a database has one of these among its own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make long` says."""
    parser.addoption("--rest", action="store_true", help="only what `make test` leaves out")


def is_left(item: pytest.Item, is_second: bool) -> bool:
    """Whether `make test` leaves it to `make long`, on SQLite or on the second database."""
    if item.get_closest_marker(LONG):
        return True
    if item.path.is_relative_to(ROOT / JOURNEYS):
        return is_said(item) == is_second
    return is_second and is_said(item)


def is_said(item: pytest.Item) -> bool:
    """Whether a test, or where it is, says that it is the same on each database."""
    if item.get_closest_marker(ONE_DATABASE):
        return True
    is_there = any(item.path.is_relative_to(ROOT / one) for one in SAID)
    return is_there and not commits(item)


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
    if any(item.path.is_relative_to(ROOT / folder) for folder in WITH_PROCESSES):
        return True
    return bool(FIXTURES & set(item.fixturenames)) or (
        item.cls is not None and issubclass(item.cls, unittest.TestCase)
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out, and say how many."""
    rest = config.getoption("rest")
    is_second = os.environ.get("TEST_DATABASE_URL", "").startswith("postgres")
    wanted = [
        (not is_second or differs(item)) and is_left(item, is_second) == rest for item in items
    ]
    others = [item for item, is_wanted in zip(items, wanted, strict=True) if not is_wanted]
    items[:] = [item for item, is_wanted in zip(items, wanted, strict=True) if is_wanted]
    config.hook.pytest_deselected(items=others)
