"""One sandbox process for a module of tests, made new before each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.zoho.sandbox.running import RunningSandbox


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def start() -> Iterator[object]:
    """Starts sandboxes that end with the test."""
    started: list[RunningSandbox] = []

    def start_one(store: Path, *options: str) -> RunningSandbox:
        started.append(RunningSandbox(store, *options))
        return started[-1]

    yield start_one
    for running in started:
        with suppress(ProcessLookupError):
            running.kill()
