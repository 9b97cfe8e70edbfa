"""A site with an outcome webhook, and whoever receives its calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from leads.models import Site
from notifications.models import Endpoint
from tests.notifications.factories import a_site
from tests.notifications.receiver import Receiver, an_endpoint, receiving


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver that may be called although it is on this machine."""
    settings.WEBHOOK_PRIVATE = True
    settings.WEBHOOK_TIMEOUT = 1
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def site() -> Site:
    return a_site("owner@example.com", name="Arctic Spas")


@pytest.fixture
def endpoint(receiver: Receiver, site: Site) -> Endpoint:
    made = an_endpoint(receiver.address, site=site)
    site.refresh_from_db()
    return made
