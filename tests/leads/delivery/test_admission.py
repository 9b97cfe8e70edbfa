"""The right to call is won together with the leads that go, and never taken from another worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.delivery import breaker
from leads.delivery.claim import claim
from leads.delivery.drain import Drain
from leads.models import ApiCall, Destination, Lead, Site
from leads.reasons import Reason
from tests.factories import make_lead
from tests.fakes import FakeClock, FakeGateway
from tests.leads.delivery.conftest import Run

LEASE = timedelta(seconds=75)
LATER = timezone.now() + timedelta(hours=1)


def another_probes(destination: Destination) -> None:
    """A second machine wins the probe, and its call is under way."""
    other = Destination.objects.get(pk=destination.pk)
    assert breaker.admit(other, timezone.now(), LEASE) == 1


def another_fails(destination: Destination) -> None:
    """It did, and its call went without an answer."""
    now = timezone.now()
    another_probes(destination)
    breaker.failed(destination, Reason.SERVER_ERROR, now, now, 0.5)


def somebody_pauses(destination: Destination) -> None:
    """A person, until further notice."""
    Destination.objects.pause(destination.pk, Reason.PAUSED_BY_HAND, timezone.now(), None)


def it_asks_to_wait(destination: Destination) -> None:
    """The answer to a call that was under way."""
    breaker.throttled(destination, Reason.THROTTLED, timezone.now(), 90, 0.5)


MEANWHILE = [another_probes, another_fails, somebody_pauses, it_asks_to_wait]


def state(destination: Destination) -> tuple[str, datetime | None, int]:
    row = Destination.objects.get(pk=destination.pk)
    return row.pause_reason, row.paused_until, row.faults


@pytest.mark.parametrize("happens", MEANWHILE)
def test_a_worker_that_waited_for_its_turn_leaves_alone_what_another_won(
    destination: Destination,
    site: Site,
    drain: Run,
    gateway: FakeGateway,
    clock: FakeClock,
    happens: Callable[[Destination], None],
) -> None:
    """It gave back the probe of the other, or ended the rest that came of it: two calls a rest."""
    now = timezone.now()
    Destination.objects.pause(destination.pk, Reason.SERVER_ERROR, now, now)
    Destination.objects.update(faults=3, next_call_at=now + timedelta(seconds=5))
    make_lead(site=site)
    seen: list[Any] = []

    def meanwhile() -> None:
        happens(destination)
        seen.append(state(destination))

    clock.on_sleep = meanwhile

    drain()

    assert not gateway.calls
    assert seen == [state(destination)]


def test_a_probe_for_which_there_is_no_lead_is_not_won(
    destination: Destination, site: Site, drain: Run, clock: FakeClock
) -> None:
    now = timezone.now()
    Destination.objects.pause(destination.pk, Reason.SERVER_ERROR, now, now)
    Destination.objects.update(next_call_at=now + timedelta(seconds=5))
    make_lead(site=site)
    clock.on_sleep = lambda: Lead.objects.update(due_at=LATER)  # another took it, or a person did
    before = state(destination)

    drain()

    assert state(destination) == before


def one_more_fault(destination: Destination) -> None:
    """A call that was under way failed."""
    Destination.objects.add_fault(destination.pk)


@pytest.mark.parametrize("happens", [somebody_pauses, it_asks_to_wait, one_more_fault])
def test_a_call_that_others_failed_during_its_claim_is_not_opened(
    destination: Destination, site: Site, gateway: FakeGateway, happens: Callable[..., None]
) -> None:
    make_lead(site=site)

    def slowly(*arguments: Any) -> Any:
        happens(destination)
        return claim(*arguments)

    with patch("leads.delivery.drain.claim", slowly):
        handled = Drain(destination.pk, gateway, lambda: 0.5).run(Deadline(55, FakeClock()))

    assert (handled, gateway.calls) == (0, [])
    assert Lead.objects.get().status == "queued"
    assert not ApiCall.objects.exists()


def test_a_success_during_the_claim_keeps_no_call_back(
    destination: Destination, site: Site, gateway: FakeGateway
) -> None:
    Destination.objects.update(faults=2)
    make_lead(site=site)

    def slowly(*arguments: Any) -> Any:
        Destination.objects.update(faults=0)
        return claim(*arguments)

    with patch("leads.delivery.drain.claim", slowly):
        Drain(destination.pk, gateway, lambda: 0.5).run(Deadline(55, FakeClock()))

    assert len(gateway.calls) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("values", "paused", "admitted"),
    [({"faults": 1}, False, 1), ({"faults": 3}, True, 1), ({"max_slots": 20}, False, 4)],
)
def test_workers_at_the_same_moment_are_admitted_one_after_the_other(
    destination: Destination,
    site: Site,
    at_once: Any,
    values: dict[str, int],
    paused: bool,
    admitted: int,
) -> None:
    now = timezone.now()
    Destination.objects.update(batch_size=1, calls_per_second=100, **values)
    if paused:
        Destination.objects.pause(destination.pk, Reason.SERVER_ERROR, now, now)
    for _ in range(8):
        make_lead(site=site)
    workers = [Drain(destination.pk, FakeGateway(), lambda: 0.5) for _ in range(8)]

    batches = at_once(
        *[lambda worker=worker: worker.next_batch(Deadline(55)) for worker in workers]
    )

    assert len([batch for batch in batches if batch]) == admitted
    assert ApiCall.objects.count() == admitted
