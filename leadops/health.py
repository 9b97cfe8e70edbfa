"""What probes and monitors ask: is it alive, ready, and does it deliver?"""

from __future__ import annotations

from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leads.clock import database_now
from leads.counters.deltas import totals
from leads.models import Destination, Heartbeat, Lead
from leads.models.queries.visible import is_limited
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


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus, from the database and so the same from every process."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    by_token = bool(token) and compare_digest(shown.encode(), token.encode())
    user = request.user
    # They are the figures of all sites.
    by_user = user.has_perm("leads.view_figure") and not is_limited(user)
    if not (by_token or by_user):
        return HttpResponse("METRICS_TOKEN is needed.\n", status=403, content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """The counters as metrics."""

    def collect(self) -> list[Metric]:
        """Read once."""
        now = totals()
        leads = GaugeMetricFamily("leadops_leads", "Leads by status.", labels=["status"])
        for status, number in now.leads.items():
            leads.add_metric([status], number)
        attempts = GaugeMetricFamily(
            "leadops_attempts", "Attempts by response code.", labels=["code"]
        )
        for code, number in now.attempts.items():
            attempts.add_metric([str(code)], number)
        held = GaugeMetricFamily(
            "leadops_held", "Times that a rule held a lead, which was not sent.", value=now.held
        )
        age = GaugeMetricFamily(
            "leadops_oldest_due_seconds",
            "For how long the oldest due lead has been due; 0 when none is.",
            value=oldest_due_seconds() or 0,
        )
        waiting = GaugeMetricFamily(
            "leadops_oldest_waiting_seconds",
            "For how long the oldest lead has been on its way, paused or not; 0 when none is.",
            value=oldest_waiting_seconds() or 0,
        )
        beat = GaugeMetricFamily(
            "leadops_worker_beat_seconds",
            "Since when no worker has been heard; absent while none is known.",
        )
        if (seconds := newest_beat_seconds()) is not None:
            beat.add_metric([], seconds)
        workers = GaugeMetricFamily(
            "leadops_workers", "Delivery workers that live, over all machines heard."
        )
        beating = Heartbeat.objects.beating(database_now())
        workers.add_metric([], sum(beating.values_list("alive", flat=True)))
        paused = GaugeMetricFamily(
            "leadops_destination_paused", "1 while sending is paused.", labels=["destination"]
        )
        for destination in Destination.objects.all():
            paused.add_metric([str(destination.pk)], int(destination.paused_at is not None))
        return [leads, attempts, held, age, waiting, beat, workers, paused]
