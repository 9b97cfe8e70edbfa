"""Whether due leads leave, seen from outside of the queue."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from leads.delivery.reclaim import CLOSED_FOR_THE_DEAD
from leads.models import Destination, Site, Slot
from leads.reasons import Reason
from leads.worker.progress import standing_since
from tests.factories import make_call, make_lead

NOW = timezone.now()


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.fixture
def due(site: Site) -> None:
    make_lead(site=site, due_at=ago(90))


def test_nothing_stands_where_nothing_is_due(site: Site) -> None:
    make_lead(site=site, due_at=ago(-5))
    make_lead(site=site, status="failed")

    assert standing_since(NOW) is None


def test_delivery_stands_since_the_oldest_lead_is_due(site: Site, due: None) -> None:
    make_lead(site=site, due_at=ago(30))

    assert standing_since(NOW) == ago(90)


def test_every_finished_call_is_progress(due: None) -> None:
    make_call(ended_at=ago(80))
    make_call(ended_at=ago(20))
    make_call(ended_at=None)

    assert standing_since(NOW) == ago(20)


def test_a_call_that_was_closed_for_a_dead_worker_is_no_progress(due: None) -> None:
    make_call(ended_at=ago(10), error=CLOSED_FOR_THE_DEAD)

    assert standing_since(NOW) == ago(90)


def test_a_paused_destination_does_not_stand(site: Site, due: None) -> None:
    Destination.objects.pause(site.destination_id, Reason.SERVER_ERROR, ago(60), ago(-60))

    assert standing_since(NOW) is None


def test_a_probe_that_nobody_tries_stands(site: Site, due: None) -> None:
    Destination.objects.pause(site.destination_id, Reason.SERVER_ERROR, ago(80), ago(70))

    assert standing_since(NOW) == ago(70)


def test_a_destination_that_waits_for_its_turn_does_not_stand(due: None) -> None:
    Destination.objects.update(next_call_at=ago(-30))

    assert standing_since(NOW) is None


def test_a_turn_that_came_and_was_not_used_stands_since_then(due: None) -> None:
    Destination.objects.update(next_call_at=ago(40))

    assert standing_since(NOW) == ago(40)


def test_a_destination_whose_places_are_taken_does_not_stand(site: Site, due: None) -> None:
    Destination.objects.update(max_slots=1)
    Slot.objects.take_slot(site.destination_id, 1, ago(10), timedelta(seconds=75))

    assert standing_since(NOW) is None


def test_places_of_the_dead_hold_nothing_back(site: Site, due: None) -> None:
    Destination.objects.update(max_slots=1)
    Slot.objects.take_slot(site.destination_id, 1, ago(90), timedelta(seconds=75))

    assert standing_since(NOW) == ago(90)
