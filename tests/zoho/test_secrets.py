"""Secrets at rest."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection as database

from leads.models import Lead
from tests.factories import make_lead
from tests.zoho.conftest import ACCESS, REFRESH, SECRET
from zoho.gateway import ZohoGateway
from zoho.models import Connection
from zoho.secrets import Undecryptable

COLUMNS = "client_secret, refresh_token, access_token"


def stored_values() -> list[str]:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM zoho_connection")
        return [str(value) for value in cursor.fetchone()]


@pytest.fixture
def new_key(settings: Any) -> str:
    key = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [key, *settings.FIELD_KEYS]
    return key


def test_secrets_are_encrypted_in_the_database(connection: Connection) -> None:
    assert "canary" not in "".join(stored_values())


def test_secrets_are_read_back(connection: Connection) -> None:
    found = Connection.objects.get()

    assert (found.client_secret, found.refresh_token, found.access_token) == (
        SECRET,
        REFRESH,
        ACCESS,
    )


def test_an_update_encrypts_too(connection: Connection) -> None:
    Connection.objects.update(client_secret="canary-other")

    assert "canary" not in "".join(stored_values())
    assert Connection.objects.get().client_secret == "canary-other"


def test_an_empty_secret_stays_empty(connection: Connection) -> None:
    Connection.objects.update(client_secret="")

    assert stored_values()[0] == ""
    assert Connection.objects.get().client_secret == ""


def test_the_same_secret_is_never_stored_alike(connection: Connection) -> None:
    before = stored_values()
    connection.save()

    assert not set(before) & set(stored_values())


def test_after_a_rotation_old_secrets_open_and_new_ones_use_the_new_key(
    connection: Connection, new_key: str, settings: Any
) -> None:
    Connection.objects.get().save()
    settings.FIELD_KEYS = [new_key]

    assert Connection.objects.get().client_secret == SECRET


def test_a_secret_that_no_key_opens_names_the_column_and_not_the_value(
    connection: Connection, settings: Any
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(Undecryptable, match=r"Connection\.client_secret.*FIELD_KEYS") as caught:
        Connection.objects.get()

    assert not [value for value in stored_values() if value in str(caught.value)]


def test_pages_do_not_need_the_secrets(connection: Connection, settings: Any) -> None:
    lead = make_lead(status=Lead.Status.DELIVERED)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    assert ZohoGateway().preview(lead).record["Last_Name"]
    assert lead.zoho_id in ZohoGateway().record_url(lead)
