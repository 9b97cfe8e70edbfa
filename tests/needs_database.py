"""`-p tests.needs_database`: of some folders, only what may touch a database.

A test is the same on both databases where pytest-django bars it from them, as it does without the
fixtures below. It runs once, on SQLite. The folders are those with many of such tests, where no
test starts a process that could look for a database of its own.
"""

from __future__ import annotations

import unittest
from pathlib import Path

import pytest

FOLDERS = ("tests/zoho", "tests/notifications", "tests/leads/intake", "tests/leads/reasons")
FIXTURES = {"db", "transactional_db", "postgres_url", "database_url"}
"""Whoever wants another fixture with a database has one of these among its own."""
ROOT = Path(__file__).parent.parent


def may_touch_one(item: pytest.Item) -> bool:
    """Whether a test could see a difference; of classes with rules of their own, always."""
    if not any(item.path.is_relative_to(ROOT / folder) for folder in FOLDERS):
        return True
    if not isinstance(item, pytest.Function) or item.get_closest_marker("django_db"):
        return True
    return bool(FIXTURES & set(item.fixturenames)) or (
        item.cls is not None and issubclass(item.cls, unittest.TestCase)
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out, and say how many."""
    others = [item for item in items if not may_touch_one(item)]
    items[:] = [item for item in items if may_touch_one(item)]
    config.hook.pytest_deselected(items=others)
