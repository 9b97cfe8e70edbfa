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
