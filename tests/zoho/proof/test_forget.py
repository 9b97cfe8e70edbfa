"""What proof lets go of, and what a repair's page still needs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.models import Lead
from tests.zoho.proof.conftest import Deliver, states, turn
from tests.zoho.proof.test_repair import items, lossy, press
from zoho.models import Connection, ReadBack, Repair
from zoho.proof.forget import forget_proofs
from zoho.proof.prove import has_work, is_starved

__all__ = ["lossy"]
pytestmark = pytest.mark.django_db


def days_later(days: int) -> None:
    """So many days pass."""
    passed = timedelta(days=days)
    for row in ReadBack.objects.all():
        row.created_at -= passed
        row.due_at -= passed
        row.read_at = row.read_at and row.read_at - passed
        row.save()
    for repair in Repair.objects.all():
        repair.ended_at = repair.ended_at and repair.ended_at - passed
        repair.save()
    forget_proofs(timezone.now())


@pytest.mark.parametrize(("days", "left"), [(29, ["whole"]), (31, [])])
def test_that_a_lead_was_read_back_is_known_for_thirty_days(
    delivered: Deliver, days: int, left: list[str]
) -> None:
    delivered()
    turn()

    days_later(days)

    assert states() == left


@pytest.mark.parametrize(("days", "left"), [(6, ["due"]), (8, [])])
def test_what_nobody_reads_back_is_let_go_of_after_a_week(
    delivered: Deliver, days: int, left: list[str]
) -> None:
    delivered()

    days_later(days)

    assert states() == left


def test_what_was_put_off_until_then_is_let_go_of_all_the_same(delivered: Deliver) -> None:
    delivered()
    ReadBack.objects.update(due_at=timezone.now() + timedelta(days=30))

    days_later(8)

    assert states() == []


@pytest.mark.parametrize(("days", "left"), [(31, 2), (364, 2), (366, 0)])
def test_a_repair_keeps_its_leads_for_a_year(lossy: list[Lead], days: int, left: int) -> None:
    press(*lossy)
    turn()
    turn()

    days_later(days)
    forget_proofs(timezone.now())

    assert len(items()) == left
    assert len(states()) == left


def test_an_old_lead_that_was_repaired_is_still_proved(lossy: list[Lead]) -> None:
    days_later(40)
    press(*lossy)
    turn()

    forget_proofs(timezone.now())
    turn()

    assert states() == ["whole"] * 2


def test_a_repair_that_nobody_proves_keeps_its_leads_and_nothing_of_a_person(
    lossy: list[Lead],
) -> None:
    press(*lossy)
    turn()

    days_later(8)

    assert items() == ["restored"] * 2
    assert not ReadBack.objects.filter(sent__isnull=False).exists()
    connection = Connection.objects.get()
    assert not is_starved(connection, timezone.now())
    assert not has_work(connection, timezone.now()), "and is due no more"
