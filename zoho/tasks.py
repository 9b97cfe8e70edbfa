"""What django-q2 calls for Zoho alone: the edge between the schedules and the flows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django_q.tasks import async_task

from leads.clock import Deadline, database_now
from leads.privacy.silence import silent
from zoho.fit.fields import refresh_all
from zoho.models import Connection
from zoho.proof import prove as proof
from zoho.proof.reconcile import CREDITS, DAYS, reconcile_all
from zoho.sales.sweep import Sweep, due

CLUSTER = "notices"
"""Not delivery's own: a question that hangs must not occupy a worker that leads wait for."""


@silent
def refresh_metadata() -> None:
    """Read the fields of all modules anew, as far as the time of one task reaches."""
    refresh_all(Deadline(settings.DRAIN_TIMEOUT))


@silent
def prove(connection_id: int) -> None:
    """One turn of proof for a destination."""
    connection = Connection.objects.select_related("destination").get(pk=connection_id)
    try:
        proof.prove(connection, Deadline(min(proof.TURN, settings.DRAIN_TIMEOUT)))
    finally:
        Connection.objects.filter(pk=connection_id).update(proving_until=None)


def wake_proof(now: datetime, **_signal: Any) -> None:
    """Have each destination proved that has something to prove; one task at a time."""
    for connection in Connection.objects.select_related("destination"):
        if proof.has_work(connection, now) and Connection.objects.win_proof(
            connection.pk, now, proof.LEASE
        ):
            async_task("zoho.tasks.prove", connection.pk, cluster=CLUSTER)


@silent
def reconcile(credits: int = CREDITS) -> None:
    """Compare the delivered leads with Zoho, a task's time at once, until the credits are used."""
    rows = reconcile_all(DAYS, credits, Deadline(settings.DRAIN_TIMEOUT), nightly=True)
    left = credits - sum(row.credits for row in rows)
    unfinished = [row for row in rows if row.ended_at is None and not row.error]
    if unfinished and 0 < left < credits:
        async_task("zoho.tasks.reconcile", left)


@silent
def read_sales() -> None:
    """Read what became of the leads of each destination whose pass is due, a turn's time at once;
    the next hour tries again where it came to no end.
    """
    deadline = Deadline(min(proof.TURN, settings.DRAIN_TIMEOUT))
    for connection in due(database_now()):
        sweep = Sweep(connection, deadline)
        if not sweep.run() and sweep.leads and sweep.credits_at_hand:
            async_task("zoho.tasks.read_sales", cluster=CLUSTER)
            break
