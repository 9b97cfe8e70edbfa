"""The chain of security events shows what was tampered with, and stands where it was blanked."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.evidence.rows import KEPT_FOR
from leadops.accounts.evidence.seal import FIRST, seal, sweep_evidence, verify
from leadops.accounts.models import SecurityEvent
from leads.clock import database_now
from leads.signals import person_erased, pruned
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ADDRESS = "eva@example.com"


@pytest.fixture
def eva() -> Any:
    return make_user("eva", email=ADDRESS)


@pytest.fixture
def chain(eva: Any) -> list[SecurityEvent]:
    """Five sealed events."""
    SecurityEvent.objects.all().delete()
    for number in range(5):
        record(Kind.EXPORT, account=eva if number % 2 else None, about=f"export {number}")
    SecurityEvent.objects.update(address="203.0.113.7")
    seal(database_now())
    return list(SecurityEvent.objects.sealed())


def fault() -> str:
    return verify(SecurityEvent.objects.sealed()).fault


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("audit_verify", *arguments, stdout=out)
    return out.getvalue()


def test_a_chain_is_sound(chain: list[SecurityEvent]) -> None:
    assert [event.seq for event in chain] == [1, 2, 3, 4, 5]
    assert fault() == ""
    assert f"Head: 5 {chain[-1].link}" in run()


@pytest.mark.parametrize(
    "change",
    [
        {"account": 99},
        {"kind": "key"},
        {"count": 2},
        {"method": "other"},
        {"at": database_now},
        {"address": "198.51.100.1"},
        {"about": "nothing"},
        {"salt": "0" * 32},
        {"digest": "0" * 64},
        {"link": "0" * 64},
        {"seq": 99},
        {"salt": "", "address": "203.0.113.9", "about": ""},
    ],
    ids=lambda change: "+".join(change),
)
def test_whatever_is_changed_shows(chain: list[SecurityEvent], change: dict[str, Any]) -> None:
    values = {name: value() if callable(value) else value for name, value in change.items()}
    SecurityEvent.objects.filter(pk=chain[2].pk).update(**values)

    assert fault()
    with pytest.raises(CommandError, match="Sound before it: 2 events"):
        run()


def test_an_event_that_is_taken_out_shows(chain: list[SecurityEvent]) -> None:
    chain[2].delete()

    assert fault() == "Event 3 of the chain is missing."


def test_the_last_ones_taken_out_show_by_the_head_in_the_log(chain: list[SecurityEvent]) -> None:
    head = chain[-1].link
    assert "Sound" in run("--head", head)
    chain[-1].delete()

    assert "Sound" in run()
    with pytest.raises(CommandError, match="The head is not in the chain"):
        run("--head", head)


def test_two_that_change_places_show(chain: list[SecurityEvent]) -> None:
    first, second = chain[1], chain[2]
    for event, seq in ((first, 99), (second, first.seq), (first, second.seq)):
        SecurityEvent.objects.filter(pk=event.pk).update(seq=seq)

    assert fault()


def test_after_an_erasing_the_chain_stands_and_nothing_tells_of_the_person(
    chain: list[SecurityEvent], eva: Any
) -> None:
    record(Kind.EXPORT, about=f"asked for by {ADDRESS}")

    person_erased.send(None, emails={ADDRESS.upper()}, phones=set())
    seal(database_now())

    assert fault() == ""
    assert not SecurityEvent.objects.filter(account=eva.pk).exclude(address="").exists()
    assert ADDRESS not in json.dumps(list(SecurityEvent.objects.values()), default=str)
    assert SecurityEvent.objects.filter(account=0).exclude(address="").count() == 3
    assert "3 of them blanked" in run()


def test_what_is_old_is_blanked_and_the_chain_stands(chain: list[SecurityEvent]) -> None:
    pruned.send(None, now=database_now() + KEPT_FOR - timedelta(hours=1))
    assert verify(SecurityEvent.objects.sealed()).blanked == 0

    pruned.send(None, now=database_now() + KEPT_FOR + timedelta(hours=1))

    assert verify(SecurityEvent.objects.sealed()).blanked == 5
    assert not SecurityEvent.objects.exclude(address="", about="", salt="").exists()
    assert fault() == ""


def test_a_failure_is_sealed_once_its_minute_is_over() -> None:
    record(Kind.LOGIN_FAILED)
    record(Kind.EXPORT)

    assert seal(database_now()) == 1
    assert seal(database_now() + timedelta(minutes=4)) == 1
    record(Kind.LOGIN_FAILED)

    assert seal(database_now() + timedelta(minutes=4)) == 1
    assert fault() == ""
    assert list(SecurityEvent.objects.sealed().values_list("kind", "count")) == [
        ("export", 1),
        ("login_failed", 1),
        ("login_failed", 1),
    ]


def test_a_sweep_seals_and_tells_the_head_once_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "leadops.security")
    for _sweep in range(3):
        record(Kind.EXPORT)
        sweep_evidence(database_now())

    said = [text for text in caplog.messages if text.startswith("head of the security events: ")]
    assert said == [f"head of the security events: 1 {SecurityEvent.objects.sealed()[0].link}"]
    assert fault() == ""


def test_an_empty_chain_is_sound() -> None:
    assert f"Head: 0 {FIRST}" in run()


def test_the_database_keeps_a_place_for_one(chain: list[SecurityEvent]) -> None:
    constraints = connection.introspection.get_constraints(
        connection.cursor(), SecurityEvent._meta.db_table
    )
    assert any(one["unique"] and one["columns"] == ["seq"] for one in constraints.values())
