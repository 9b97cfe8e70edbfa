"""Setting up a connection: the first one comes from the environment."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from leads.models import Destination
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
