"""What the tests of the core start from: a destination, a site, a CRM that does as told."""

from __future__ import annotations

import pytest

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
