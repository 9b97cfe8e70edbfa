"""What the tests of the core start from: a destination, a site, a CRM that does as told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from leads.models import Destination, Site
from tests.factories import make_destination, make_site
from tests.fakes import FakeClock, FakeGateway


@pytest.fixture
def destination(db: None) -> Destination:
    return make_destination(calls_per_second=100)


@pytest.fixture
def site(destination: Destination) -> Site:
    return make_site(destination=destination, name="Landing page")


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


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
