"""What the tests of the core start from: a destination, a site, a CRM that does as told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leads.delivery.claim import claim
from leads.delivery.gateway import Batch
from leads.models import Destination, Site
from tests.factories import make_destination, make_site
from tests.fakes import FakeClock, FakeGateway

Claim = Callable[..., Batch]


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
def claimed(destination: Destination) -> Claim:
    """Claims what is due, as a drain does."""

    def take(limit: int = 100, draw: float = 0.0) -> Batch:
        destination.refresh_from_db()
        batch = claim(destination, limit, draw)
        assert batch is not None
        return batch

    return take
