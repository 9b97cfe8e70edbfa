"""Setting up a connection: the first one from the environment, any change by people."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from leads.delivery.bell import ring_after_commit
from leads.models import Destination
from leads.reasons import Reason
from zoho.models import Connection


@transaction.atomic
def seed_from_environment() -> Connection:
    """The first destination and its connection, made from the ZOHO_… variables.

    Once credentials are stored the environment is not read again: the admin has the last word.
    """
    destination = Destination.objects.first() or Destination.objects.create(name="Zoho CRM")
    connection, _created = Connection.objects.get_or_create(destination=destination)
    if not connection.is_set_up and settings.ZOHO["refresh_token"]:
        for name, value in settings.ZOHO.items():
            setattr(connection, name, value)
        connection.save()
    return connection


def seed_after_migrate(**kwargs: Any) -> None:
    """Every migrated database has a destination."""
    seed_from_environment()


@transaction.atomic
def let_go(destination_id: int) -> None:
    """Credentials were changed: send what waits. What a person paused stays paused."""
    destination = Destination.objects.select_for_update().get(pk=destination_id)
    if destination.pause_reason != Reason.PAUSED_BY_HAND:
        Destination.objects.resume(destination_id)
    ring_after_commit(destination_id)
