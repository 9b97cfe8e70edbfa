"""A site whose leads go to the running sandbox, and the turns of proof."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.models import Destination, Lead, Site
from tests.factories import make_lead, make_site
from tests.zoho.fit.test_fitting_batches import deliver
from tests.zoho.sandbox.running import RunningSandbox
from zoho.models import Connection, ReadBack
from zoho.proof import update
from zoho.proof.prove import prove

FULL = {
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "phone": "+49 30 123456",
    "city": "Berlin",
    "zip": "10115",
}


@pytest.fixture(autouse=True)
def no_nap(monkeypatch: pytest.MonkeyPatch) -> None:
    """No repair waits for the second of a record's last change to be over."""
    monkeypatch.setattr(update, "SECOND_IS_OVER", timedelta(0))


@pytest.fixture
def connected(sandbox: RunningSandbox, db: None) -> Connection:
    """A connection with the sandbox."""
    connection, _made = Connection.objects.get_or_create(destination=Destination.objects.get())
    connection.accounts_url = f"http://127.0.0.1:{sandbox.port}"
    connection.client_id, connection.client_secret = "1000.SANDBOX", "sandbox-secret"
    connection.refresh_token = "1000.sandbox.refresh"
    connection.access_token = ""
    connection.save()
    return connection


@pytest.fixture
def shop(connected: Connection) -> Site:
    """A site that delivers there."""
    return make_site(destination=connected.destination, name="Shop")


Deliver = Callable[..., list[Lead]]


@pytest.fixture
def delivered(shop: Site) -> Deliver:
    """Leads that were delivered, as they are now."""

    def run(count: int = 1, site: Site | None = None, **data: Any) -> list[Lead]:
        leads = [make_lead(site=site or shop, data=FULL | data) for _ in range(count)]
        deliver(*leads)
        return [Lead.objects.get(pk=lead.pk) for lead in leads]

    return run


def turn() -> None:
    """A turn of proof a quarter of an hour later: all that was chosen is due."""
    due = ReadBack.objects.filter(state="due")
    due.update(due_at=timezone.now() - timedelta(seconds=1))
    prove(Connection.objects.select_related("destination").get(), Deadline(60))


def states() -> list[str]:
    """What reading back came to, lead by lead."""
    return list(ReadBack.objects.order_by("lead").values_list("state", flat=True))
