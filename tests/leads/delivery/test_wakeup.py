"""The wakeup: coalesced, and harmless when it is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from leads.delivery.wakeup import WAKE_EVERY, wake, wake_after_commit
from leads.models import Destination


def woken(destination: Destination, ago: timedelta) -> None:
    Destination.objects.filter(pk=destination.pk).update(woken_at=timezone.now() - ago)


def test_the_first_ring_queues_a_message(destination: Destination) -> None:
    assert wake(destination.pk)
    assert OrmQ.objects.count() == 1


def test_a_message_holds_the_id_of_the_destination_and_nothing_else(
    destination: Destination,
) -> None:
    wake(destination.pk)

    task = OrmQ.objects.get().task
    assert task["func"] == "leads.tasks.drain"
    assert task["args"] == (destination.pk,)
    assert not task["kwargs"]


def test_a_thousand_rings_are_one_message(destination: Destination) -> None:
    assert [wake(destination.pk) for _ in range(1000)].count(True) == 1
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_rings_at_the_same_moment_are_one_message(destination: Destination, at_once: Any) -> None:
    results = at_once(*[lambda: wake(destination.pk)] * 4)

    assert sorted(results) == [False, False, False, True]
    assert OrmQ.objects.count() == 1


def test_a_bell_that_nobody_answered_rings_again(destination: Destination) -> None:
    woken(destination, WAKE_EVERY + timedelta(seconds=1))

    assert wake(destination.pk)


def test_a_bell_that_was_just_rung_stays_silent(destination: Destination) -> None:
    woken(destination, WAKE_EVERY - timedelta(seconds=2))

    assert not wake(destination.pk)


def test_whoever_must_ring_is_not_kept_from_it(destination: Destination) -> None:
    woken(destination, timedelta(seconds=1))

    assert wake(destination.pk, every=timedelta())


def test_the_bell_of_a_destination_that_is_gone_does_not_ring(db: None) -> None:
    assert not wake(999_999)
    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_does_not_ring(destination: Destination) -> None:
    with transaction.atomic():
        wake_after_commit(destination.pk)
        transaction.set_rollback(True)

    assert not OrmQ.objects.exists()
