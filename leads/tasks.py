"""What django-q2 calls: the edge between the queue and the engine."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from django_q.models import Failure

from leads.clock import Deadline, database_now
from leads.decisions.bulk.run import run as run_bulk
from leads.decisions.imports.run import run as run_import
from leads.delivery.drain import Drain
from leads.delivery.gateway import get_gateway
from leads.delivery.sweep import sweep as run_sweep
from leads.models import Allowance, Breakdown, RejectedSubmission, SalesCounter, UnknownPost
from leads.privacy.erase import overwrite_deleted
from leads.privacy.files import forget_files
from leads.privacy.retention import keep_no_longer
from leads.privacy.silence import silent
from leads.search.fill import follow_events
from leads.signals import pruned
from leads.worker.process_files import is_over

LEAVE_SECONDS = 20
"""For the database's files to let go of what was deleted."""
KEEP_FAILURES = timedelta(days=30)


@silent
def drain(destination_id: int) -> None:
    """Deliver what is due, until nothing is or the time is up."""
    worker = Drain(destination_id, get_gateway(), is_over=is_over, prefetches=True)
    worker.run(Deadline(settings.DRAIN_TIMEOUT))


@silent
def bulk_retry(bulk_id: int) -> None:
    """Queue the leads of a bulk retry, or take them back, until nothing is left or time is up."""
    run_bulk(bulk_id, Deadline(settings.DRAIN_TIMEOUT))


@silent
def import_leads(import_id: int) -> None:
    """Try or carry out an import, until nothing is left or time is up."""
    run_import(import_id, Deadline(settings.DRAIN_TIMEOUT))


@silent
def sweep() -> None:
    """Look for whatever a lost message left behind."""
    run_sweep(has_time=False)


@silent
def prune() -> None:
    """Once a day: let go of what is older than the settings say, and of the queue's old records.

    The queue never removes its own records of tasks that failed.
    """
    now = database_now()
    keep_no_longer(now)
    forget_files(now)
    follow_events(now)
    RejectedSubmission.objects.over(now).delete()
    UnknownPost.objects.over(now).delete()
    Breakdown.objects.over(now).delete()
    SalesCounter.objects.over(now).delete()
    Allowance.objects.over(now - timedelta(days=1)).delete()
    pruned.send(None, now=now)
    Failure.objects.filter(stopped__lt=timezone.now() - KEEP_FAILURES).delete()
    SessionStore.clear_expired()
    overwrite_deleted(LEAVE_SECONDS)
