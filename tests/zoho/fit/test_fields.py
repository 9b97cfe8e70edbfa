"""Field metadata: when it is read again, and what it says about sending twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Destination
from zoho.fit import fields
from zoho.fit.metadata import compact
from zoho.models import Connection

UNIQUE = {"Lead_Ref": {"type": "text", "unique": True}}
PLAIN = {"Lead_Ref": {"type": "text", "unique": False}}
NOW = timezone.now()


def learn(
    connection: Connection, found: dict[str, Any], age: timedelta, name: str = "Leads"
) -> None:
    fields.store(connection, name, found, NOW - age)


def is_safe() -> bool:
    return Destination.objects.get(zoho__isnull=False).resend_is_safe


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"fields": {}}, {"fields": None}])
def test_what_is_no_metadata_is_none(answer: Any) -> None:
    assert compact(answer) is None


def test_odd_entries_are_left_out() -> None:
    assert compact({"fields": [1, None, {}, {"api_name": 5}, {"api_name": "A"}]}) is not None


@pytest.mark.parametrize(
    ("field", "unique"),
    [
        ({"type": "text", "unique": True}, True),
        ({"type": "text", "unique": False}, False),
        ({"type": "email", "unique": True}, False),
        ({"type": "text", "unique": True, "read_only": True}, False),
        ({}, False),
        (None, False),
    ],
)
def test_only_a_unique_single_line_field_makes_sending_twice_safe(
    connection: Connection, field: dict[str, Any] | None, unique: bool
) -> None:
    learn(connection, {} if field is None else {"Lead_Ref": field}, timedelta())

    assert fields.reference_is_unique(fields.known(connection, "Leads")) is unique
    assert is_safe() is unique


def test_what_was_never_read_is_stale(connection: Connection) -> None:
    assert fields.is_stale(fields.known(connection, "Leads"), NOW)


@pytest.mark.parametrize(
    ("found", "age", "stale"),
    [
        (UNIQUE, timedelta(minutes=59), False),
        (UNIQUE, timedelta(minutes=61), True),
        (PLAIN, timedelta(minutes=9), False),
        (PLAIN, timedelta(minutes=11), True),
    ],
)
def test_metadata_is_kept_for_an_hour_and_without_the_field_for_ten_minutes(
    connection: Connection, found: dict[str, Any], age: timedelta, stale: bool
) -> None:
    learn(connection, found, age)

    assert fields.is_stale(fields.known(connection, "Leads"), NOW) is stale


def test_another_module_is_read_by_itself(connection: Connection) -> None:
    learn(connection, UNIQUE, timedelta())

    assert fields.is_stale(fields.known(connection, "Contacts"), NOW)


def test_sending_twice_is_safe_only_where_all_modules_have_the_field(
    connection: Connection,
) -> None:
    learn(connection, UNIQUE, timedelta())
    learn(connection, PLAIN, timedelta(), "Contacts")

    assert not is_safe()


def test_reading_one_module_does_not_make_another_one_fresh(connection: Connection) -> None:
    learn(connection, UNIQUE, timedelta(hours=25))
    learn(connection, UNIQUE, timedelta(hours=24, minutes=30), "Contacts")
    learn(connection, UNIQUE, timedelta(hours=1))

    assert not fields.is_stale(fields.known(connection, "Leads"), NOW)
    assert fields.is_stale(fields.known(connection, "Contacts"), NOW + timedelta(hours=1))


def test_a_module_without_the_field_is_not_forgotten_when_another_is_read_again(
    connection: Connection,
) -> None:
    learn(connection, UNIQUE, timedelta(hours=25))
    learn(connection, PLAIN, timedelta(hours=25), "Contacts")
    learn(connection, UNIQUE, timedelta())

    assert not is_safe()


def test_metadata_is_on_disk(connection: Connection) -> None:
    learn(connection, UNIQUE, timedelta())

    found = Connection.objects.get()
    assert fields.reference_is_unique(fields.known(found, "Leads"))
    assert not fields.is_stale(fields.known(found, "Leads"), NOW)
