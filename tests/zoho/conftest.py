"""A connection to a Zoho that plays scripted answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from leads.models import Destination
from tests.factories import make_destination
from tests.zoho.sandbox.running import RunningSandbox
from tests.zoho.wire import Wire, metadata, stored, token
from zoho.models import Connection

SECRET = "canary-client-secret"
REFRESH = "canary-refresh-token"
ACCESS = "canary-access-token"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The sandbox as a process, one for all tests of a file."""
    running = RunningSandbox(tmp_path_factory.mktemp("sandbox") / "store.sqlite3")
    yield running
    running.stop()


@pytest.fixture
def sandbox(process: RunningSandbox) -> RunningSandbox:
    """That process as new."""
    process.control("POST", "reset")
    process.control("DELETE", "fields")
    process.forget_token()
    return process


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    wire.on("POST /oauth/v2/token", token("canary-second-token", wire.url))
    wire.on("GET /crm/v8/settings/fields", metadata("Lead_Ref"))
    wire.on("POST /crm/v8/Leads", stored("61000"))
    yield wire
    wire.close()


@pytest.fixture
def destination(db: None) -> Destination:
    return make_destination()


@pytest.fixture
def connection(wire: Wire, destination: Destination) -> Connection:
    """Connected, with an access token that is good for an hour; fields are not yet read."""
    connection, _made = Connection.objects.get_or_create(destination=destination)
    connection.accounts_url = wire.url
    connection.client_id = "1000.TEST"
    connection.client_secret, connection.refresh_token = SECRET, REFRESH
    connection.access_token, connection.access_stamp = ACCESS, "first"
    connection.access_expires_at = timezone.now() + timedelta(hours=1)
    connection.api_domain = wire.url
    connection.save()
    return connection
