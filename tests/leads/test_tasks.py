"""The queue's own tables stay small and quick."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import Failure, Task

from leads.tasks import prune

pytestmark = pytest.mark.django_db


def failed_task(name: str, days: int) -> Task:
    """A task that failed so many days ago."""
    stopped = timezone.now() - timedelta(days=days)
    return Task.objects.create(
        id=name,
        name=name,
        func="leads.tasks.drain",
        success=False,
        started=stopped,
        stopped=stopped,
    )


def test_failures_of_a_month_ago_are_pruned() -> None:
    failed_task("old", days=31)
    failed_task("young", days=29)

    prune()

    assert list(Failure.objects.values_list("name", flat=True)) == ["young"]


def test_the_queue_has_the_index_that_its_polls_look_for() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "django_q_ormq")

    assert found["leads_queue_key_lock"]["columns"] == ["key", "lock"]
