"""`/metrics`: the figures for Prometheus, from the database and so the same from every process.

deploy/prometheus-alerts.yml has rules for them, deploy/grafana/dashboard.json a dashboard.
"""

from __future__ import annotations

from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadops.health import newest_beat_seconds, oldest_due_seconds, oldest_waiting_seconds
from leads.clock import database_now
from leads.counters.deltas import totals
from leads.counters.spans import Dimension, Reader, Span
from leads.models import Destination, Heartbeat
from leads.models.counters import TIMELESS
from leads.models.queries.visible import is_limited
from leads.store import database


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever shows METRICS_TOKEN or may see those of all sites."""
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
        of_each = [paused(), *promptness(), objective()]
        return [leads, attempts, held, age, waiting, beat, workers, *of_each]


def paused() -> Metric:
    """Of each destination, whether sending is paused."""
    found = GaugeMetricFamily(
        "leadops_destination_paused", "1 while sending is paused.", labels=["destination"]
    )
    for destination in Destination.objects.all():
        found.add_metric([str(destination.pk)], int(destination.paused_at is not None))
    return found


def promptness() -> tuple[Metric, Metric]:
    """Of each site, the leads that were sent on, and those that were in the CRM in 60 seconds."""
    sent_on = GaugeMetricFamily(
        "leadops_site_leads", "Leads that were sent on, of all time.", labels=["site"]
    )
    prompt = GaugeMetricFamily(
        "leadops_site_prompt_leads", "Those in Zoho within 60 seconds.", labels=["site"]
    )
    with database.snapshot():
        found = Reader.now().by(Dimension.SITE, Span(None, TIMELESS))
    for site, counts in found.items():
        sent_on.add_metric([str(site)], counts.sent_on)
        prompt.add_metric([str(site)], counts.prompt)
    return sent_on, prompt


def objective() -> Metric:
    """What the share shall be."""
    return GaugeMetricFamily(
        "leadops_objective_ratio",
        "The part of the leads that shall be in Zoho within 60 seconds.",
        value=float(settings.SLO_SHARE) / 100,
    )
