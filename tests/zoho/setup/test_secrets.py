"""Secrets at rest."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection as database

from leads.clock import Deadline
from leads.delivery.gateway import Verdict
from leads.models import Destination, Lead
from leads.reasons import Reason
from leads.secrets import open_box
from tests.factories import make_lead
from tests.zoho.conftest import ACCESS, REFRESH, SECRET
from tests.zoho.wire import Wire
from zoho.api.tokens import CallFailed, get_token
from zoho.gateway import ZohoGateway
from zoho.models import Connection
from zoho.setup import rotation
from zoho.setup.connect import seed_from_environment

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


def test_a_secret_that_no_key_opens_is_empty_and_known_by_name(
    connection: Connection, settings: Any
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    found = Connection.objects.get()

    assert (found.client_secret, found.refresh_token, found.is_set_up) == ("", "", False)
    assert found.locked_secrets == ["client_secret", "refresh_token"]


def test_saving_keeps_what_only_the_missing_key_opens(
    connection: Connection, settings: Any
) -> None:
    right, before = settings.FIELD_KEYS, stored_values()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    Connection.objects.get().save()

    assert stored_values() == before
    settings.FIELD_KEYS = right
    assert Connection.objects.get().client_secret == SECRET


def test_a_worker_without_the_key_pauses_and_sends_nothing(
    connection: Connection, settings: Any, wire: Wire
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CallFailed) as caught:
        get_token(connection.pk, Deadline(5))

    outcome = caught.value.outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED)
    assert "FIELD_KEYS" in outcome.text
    assert not wire.requests


def test_the_environment_does_not_write_over_locked_secrets(
    connection: Connection, settings: Any
) -> None:
    before = stored_values()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    settings.ZOHO = {"refresh_token": "other", "client_secret": "other"}

    seed_from_environment()

    assert stored_values() == before


def test_pages_do_not_need_the_secrets(connection: Connection, settings: Any) -> None:
    lead = make_lead(status=Lead.Status.DELIVERED)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    assert ZohoGateway().preview(lead).record["Last_Name"]
    assert lead.zoho_id in ZohoGateway().record_url(lead)


# --- Rotation ------------------------------------------------------------------------------------


def rotate() -> str:
    out = StringIO()
    call_command("rotatefieldkeys", stdout=out)
    return out.getvalue()


def test_a_rotation_moves_every_secret_to_the_newest_key(
    connection: Connection, new_key: str, settings: Any
) -> None:
    assert rotate() == "3 moved to the newest key, 0 were under it.\n"

    settings.FIELD_KEYS = [new_key]
    found = Connection.objects.get()
    assert (found.client_secret, found.refresh_token, found.access_token) == (
        SECRET,
        REFRESH,
        ACCESS,
    )


def test_a_second_rotation_changes_nothing(connection: Connection, new_key: str) -> None:
    rotate()
    before = stored_values()

    assert rotate() == "0 moved to the newest key, 3 were under it.\n"
    assert stored_values() == before


def test_a_rotation_goes_on_in_batches(
    connection: Connection, new_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    for number in range(5):
        place = Destination.objects.create(name=f"Organisation {number}")
        Connection.objects.create(destination=place, client_secret=f"canary-{number}")

    done = rotation.rotate()

    assert (done.moved, done.kept) == (3, 5)


def test_a_secret_that_cannot_be_opened_is_named_by_row_and_kept(
    connection: Connection, settings: Any
) -> None:
    before = stored_values()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError) as caught:
        rotate()

    assert f"zoho.Connection {connection.pk}: client_secret" in str(caught.value)
    assert not [value for value in before if value in str(caught.value)]
    assert stored_values() == before


def test_a_token_that_a_worker_stored_meanwhile_is_not_written_over(
    connection: Connection, new_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = open_box

    def meanwhile(stored: str) -> str:
        if real(stored) == ACCESS:
            Connection.objects.update(access_token="canary-newer")
        return real(stored)

    monkeypatch.setattr(rotation, "open_box", meanwhile)

    rotate()

    assert Connection.objects.get().access_token == "canary-newer"
