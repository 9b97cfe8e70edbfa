"""A stage on the database of this run, one for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.stage import Stage
from tests.faults.stage import stage as running


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """A running installation with deadlines of seconds."""
    on_postgresql = os.environ.get("TEST_DATABASE_URL", "").startswith("postgres")
    with running("postgresql" if on_postgresql else "sqlite") as found:
        yield found
        for name in ("web", "worker"):  # shown where a test failed
            print(f"--- {name}\n{found.log(name)[-3000:]}")
