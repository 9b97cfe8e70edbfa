"""Fixtures that every kind of test may want: a real database and a clean environment."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from hypothesis import settings as examples

from tests.databases import copy_migrated, new_database
from tests.environment import inherited, neutral
from tests.flushing import AfterFlush, emptied
from tests.postgres import free_port

# How long an example takes says nothing on a busy machine. Each day's examples are the same: what
# is red was changed. `make long` looks at ten times as many, others each time
# (--hypothesis-profile=many).
examples.register_profile("leadops", deadline=None, derandomize=True)
examples.register_profile("many", deadline=None, max_examples=1000, derandomize=False)
examples.load_profile("leadops")

LASTS = 5
"""Seconds of a minute that such a test needs, on a busy machine too."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Ten thousand tests are there until the end: a third of their collection was looking through
    them for garbage, and so was a tenth of running them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """Whether the database of the tests is there: copied from one that was migrated for all runs.

    PostgreSQL copies it by itself (tests.settings). Its folder goes when the tests end.
    """
    database = settings.DATABASES["default"]
    is_file = database["ENGINE"] == "django.db.backends.sqlite3"
    return is_file and copy_migrated(database["TEST"]["NAME"])


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Tests that commit leave the tables as `migrate` does, and look for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", AfterFlush(emit_post_migrate_signal))
        if connection.vendor == "postgresql":
            patch.setattr(flush, "sql_flush", emptied)
        yield


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Figures are kept by the version of the counters, and tests begin again with the first."""
    cache.clear()


@pytest.fixture
def within_a_minute() -> None:
    """A minute of the clock that lasts: for tests that use up what there is for one."""
    left = 60 - time.time() % 60
    if left < LASTS:
        time.sleep(left)


@pytest.fixture
def postgres_url() -> str:
    """The PostgreSQL server of this run; the test is skipped in a run on SQLite."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url.startswith("postgres"):
        pytest.skip("needs PostgreSQL: TEST_DATABASE_URL is not set")
    return url


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """A DATABASE_URL of this run's kind for real processes: new, empty, gone afterwards."""
    with new_database(tmp_path) as url:
        yield url


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """What a real process of LeadOps is started with: its own database, production's settings.

    Nothing of the test run's own settings is handed down; change PUBLIC_URL, ZOHO_… as the test
    needs them. Mails land in tmp_path / "mail".
    """
    settings = neutral(database_url, mail_folder=tmp_path / "mail")
    return inherited() | settings | {"PYTHONUNBUFFERED": "1"}


@pytest.fixture
def port() -> int:
    """A free TCP port of 127.0.0.1."""
    return free_port()


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Runs functions at the same moment, each in a thread with a connection of its own."""

    def run(*functions: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(len(functions))
        results: list[Any] = [None] * len(functions)

        def work(number: int) -> None:
            try:
                start.wait(10)
                results[number] = functions[number]()
            except Exception as error:  # noqa: BLE001 - the test looks at it
                results[number] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(n,)) for n in range(len(functions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return results

    return run
