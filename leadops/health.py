"""What probes ask: is it alive, ready, and does it deliver?"""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from leads.clock import database_now
from leads.models import Destination, Heartbeat, Lead
from leads.models.worker import SILENT_AFTER
from leads.store.schema import is_behind

LATE_SECONDS = 180
"""A due lead of a running destination that is older than this means that delivery stands."""


def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 while the database answers and its schema is ours; else 503."""
    try:
        pending = is_behind()
    except DatabaseError:
        return JsonResponse({"status": "database away"}, status=503)
    if pending:
        return JsonResponse({"status": "migrations pending"}, status=503)
    return JsonResponse({"status": "ok"})


def delivery(request: HttpRequest) -> JsonResponse:
    """200 while leads leave in time, else 503 and the first of these that holds: `no worker` was
    heard for a minute while leads are due; `late`, a due lead waits for over three minutes;
    `waiting`, any lead waits for longer than WAITING_LIMIT seconds, whyever.
    """
    due, beat, waiting = oldest_due_seconds(), newest_beat_seconds(), oldest_waiting_seconds()
    has_worker = beat is not None and beat < SILENT_AFTER.total_seconds()
    limit = settings.WAITING_LIMIT
    holds = {
        "no worker": due is not None and not has_worker,
        "late": due is not None and due > LATE_SECONDS,
        "waiting": bool(limit) and waiting is not None and waiting > limit,
    }
    status = next((name for name, is_so in holds.items() if is_so), "ok")
    figures = {
        "oldest_due_seconds": due,
        "oldest_waiting_seconds": waiting,
        "worker_beat_seconds": beat,
    }
    return JsonResponse({"status": status, **figures}, status=200 if status == "ok" else 503)


def newest_beat_seconds() -> float | None:
    """Since when no worker has been heard on any machine; None where none runs."""
    newest = Heartbeat.objects.newest_beat()
    return round((database_now() - newest).total_seconds(), 1) if newest else None


def oldest_due_seconds() -> float | None:
    """For how long the oldest due lead of a running destination has been due; None if none is."""
    now = database_now()
    open_now = Destination.objects.open(now).values_list("pk", flat=True)
    times = [Lead.objects.oldest_due(pk, now) for pk in open_now]
    oldest = min((moment for moment in times if moment), default=None)
    return round((now - oldest).total_seconds(), 1) if oldest else None


def oldest_waiting_seconds() -> float | None:
    """For how long any lead has been on its way, paused destinations included; None if none is."""
    since = Lead.objects.oldest_waiting()
    return round((database_now() - since).total_seconds(), 1) if since else None
