"""The sign of life of a worker's supervisor."""

from __future__ import annotations

import socket
from datetime import timedelta

from django.utils import timezone

from leads.models import Heartbeat
from tests.factories import make_heartbeat


def test_a_beat_keeps_one_row_and_moves_it(db: None) -> None:
    now = timezone.now()
    heartbeat = Heartbeat.of_this_process(now)

    heartbeat.beat(now)
    heartbeat.beat(now + timedelta(seconds=10))

    row = Heartbeat.objects.get()
    assert (row.started_at, row.beat_at) == (now, now + timedelta(seconds=10))


def test_a_row_that_was_forgotten_comes_back_whole(db: None) -> None:
    heartbeat = make_heartbeat(restarts=3)
    Heartbeat.objects.all().delete()

    heartbeat.beat(timezone.now())

    assert Heartbeat.objects.get().restarts == 3


def test_a_silent_one_is_forgotten_where_another_succeeded_it_and_after_an_hour(db: None) -> None:
    now = timezone.now()
    here = socket.gethostname()
    make_heartbeat(host=here, pid=1, beat_at=now - timedelta(minutes=2))
    make_heartbeat(host=here, pid=2, beat_at=now)
    make_heartbeat(host="far", pid=3, beat_at=now - timedelta(minutes=2))
    make_heartbeat(host="far", pid=4, beat_at=now - timedelta(hours=2))

    Heartbeat.objects.forget(now)

    assert set(Heartbeat.objects.values_list("pid", flat=True)) == {2, 3}


def test_a_beat_reads_what_is_asked_of_a_worker_and_never_writes_it(db: None) -> None:
    now = timezone.now()
    heartbeat = make_heartbeat()
    Heartbeat.objects.drain(now)

    heartbeat.beat(now)

    assert heartbeat.drain_asked_at == Heartbeat.objects.get().drain_asked_at == now
    Heartbeat.objects.undo_drain()
    heartbeat.beat(now)
    assert heartbeat.drain_asked_at is Heartbeat.objects.get().drain_asked_at is None


def test_it_is_drained_since_it_first_said_so_and_only_where_that_is_asked(db: None) -> None:
    now, later = timezone.now(), timezone.now() + timedelta(seconds=10)
    heartbeat = make_heartbeat()

    heartbeat.beat(now, is_drained=True)  # as it is when somebody undid it a moment ago
    assert Heartbeat.objects.get().drained_at is None

    Heartbeat.objects.drain(now)
    for moment in (now, later):
        heartbeat.beat(moment, is_drained=True)
    assert Heartbeat.objects.get().drained_at == now


def test_who_is_asked_twice_is_asked_since_the_first_time(db: None) -> None:
    now = timezone.now()
    make_heartbeat()

    asked = [Heartbeat.objects.drain(now + timedelta(seconds=n)) for n in range(2)]

    assert asked == [1, 1]
    assert Heartbeat.objects.get().drain_asked_at == now


def test_what_remained_of_a_drain_that_was_undone_is_no_answer_to_the_next(db: None) -> None:
    make_heartbeat(drained_at=timezone.now())

    Heartbeat.objects.drain(timezone.now())

    assert Heartbeat.objects.get().drained_at is None


def test_a_wish_outlives_that_the_row_was_forgotten(db: None) -> None:
    heartbeat = make_heartbeat()
    Heartbeat.objects.drain(timezone.now())
    heartbeat.beat(timezone.now())
    Heartbeat.objects.all().delete()

    heartbeat.beat(timezone.now())

    assert Heartbeat.objects.get().drain_asked_at is not None


def test_who_drains_is_no_sign_that_leads_leave(db: None) -> None:
    make_heartbeat(drain_asked_at=timezone.now())

    assert Heartbeat.objects.newest_beat() is None
