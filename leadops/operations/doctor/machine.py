"""This machine's disk, and the processes that have to run somewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from leadops.health import LATE_SECONDS, newest_beat_seconds, oldest_due_seconds
from leadops.operations.doctor.finding import Finding, doubtful, fine, wrong
from leads.clock import database_now
from leads.models import Destination, Heartbeat
from leads.models.worker import SILENT_AFTER

LEAST_FREE = 1024**3
LEAST_SHARE = 0.05


def disk() -> Iterator[Finding]:
    """Room where LeadOps writes; PostgreSQL's disk is on its own machine."""
    folder = Path(settings.HOME)
    if connection.vendor == "sqlite":
        folder = Path(str(connection.settings_dict["NAME"])).absolute().parent
    usage = shutil.disk_usage(folder if folder.is_dir() else "/")
    text = f"{usage.free / 1024**3:,.1f} GB free at {folder}."
    if usage.free < LEAST_FREE or usage.free / usage.total < LEAST_SHARE:
        yield wrong("Disk", text, "Make room: a database without disk takes no lead.")
    else:
        yield fine("Disk", text)


def queue() -> Iterator[Finding]:
    """Whether a worker lives, and leads leave."""
    beat, due = newest_beat_seconds(), oldest_due_seconds()
    if beat is None or beat > SILENT_AFTER.total_seconds():
        seen = "none is heard" if beat is None else f"the last was heard {beat:,.0f} s ago"
        yield wrong("Worker", f"No worker takes leads: {seen}.", "systemctl start leadops-worker")
    else:
        yield fine("Worker", f"Heard {beat:.0f} s ago.")
    yield from drained()
    if due is not None and due > LATE_SECONDS:
        yield wrong(
            "Queue", f"The oldest due lead waits for {due:,.0f} s.", "See the worker's log."
        )
    else:
        yield fine("Queue", "No due lead waits for long.")


def drained() -> Iterator[Finding]:
    """Which machines were asked to take no more leads."""
    for beat in Heartbeat.objects.beating(database_now()).exclude(drain_asked_at=None):
        state = "is drained" if beat.drained_at else "drains"
        yield doubtful(
            "Worker",
            f"{beat.host} {state}, asked at {beat.drain_asked_at:%Y-%m-%d %H:%M}.",
            f"leadops worker drain {beat.host} --undo, or start it anew, to have it work again.",
        )


def destinations() -> Iterator[Finding]:
    """Which of them are held back, and by whom."""
    for destination in Destination.objects.exclude(paused_at=None).order_by("name"):
        why = destination.get_pause_reason_display() if destination.pause_reason else "unknown"
        yield doubtful(
            "Sending",
            f"{destination.name} is paused since {destination.paused_at:%Y-%m-%d %H:%M} ({why}).",
            "Resume it on the destination's page once its cause is gone.",
        )
