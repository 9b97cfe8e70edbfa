"""What django-q2 calls for Zoho alone: the edge between the schedules and the flows."""

from __future__ import annotations

from django.conf import settings
from django_q.tasks import async_task

from leads.clock import Deadline
from leads.privacy.silence import silent
from zoho.fit.fields import refresh_all
from zoho.proof.reconcile import CREDITS, DAYS, reconcile_all


@silent
def refresh_metadata() -> None:
    """Read the fields of all modules anew, as far as the time of one task reaches."""
    refresh_all(Deadline(settings.DRAIN_TIMEOUT))


@silent
def reconcile(credits: int = CREDITS) -> None:
    """Compare the delivered leads with Zoho, a task's time at once, until the credits are used."""
    rows = reconcile_all(DAYS, credits, Deadline(settings.DRAIN_TIMEOUT))
    left = credits - sum(row.credits for row in rows)
    unfinished = [row for row in rows if row.ended_at is None and not row.error]
    if unfinished and 0 < left < credits:
        async_task("zoho.tasks.reconcile", left)
