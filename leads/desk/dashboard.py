"""The dashboard's figures, as a page and as stats.json. Read from the counters, never cached."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from leads import figures
from leads.clock import database_now
from leads.desk import charts, series
from leads.desk.words import DASH, number, percent, span
from leads.models import Destination, Figure, Lead
from leads.reasons import Reason

PERMISSION = "leads.view_figure"


def stats(request: HttpRequest) -> JsonResponse:
    """`/admin/stats.json`: what `leadstats --json` says, and all that the dashboard shows."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    response = JsonResponse(board(request, database_now()))
    response["Cache-Control"] = "no-store"
    return response


def board(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """All-time figures; `shown`, each number as text; `fragments`, each drawn part as HTML."""
    data = figures.as_json()
    oldest = oldest_due(now)
    data |= {
        "sent": sum(data["attempts"].values()),
        "queue": data["queued"] + data["sending"],
        "oldest_due_seconds": None if oldest is None else int(oldest.total_seconds()),
        "updated_at": now.isoformat(timespec="seconds"),
        "time_zone": settings.TIME_ZONE,
    }
    return data | {"shown": shown(data, now), "fragments": fragments(request, data, now)}


def shown(data: dict[str, Any], now: datetime) -> dict[str, str]:
    """Every figure as the page prints it, by the name in its data-figure."""
    counts = {name: number(data[name]) for name in ("received", *Lead.Status.values, "queue")}
    oldest = data["oldest_due_seconds"]
    return (
        counts
        | totals_shown(data)
        | {
            "outcome_rate": percent(data["outcome_rate"]),
            "oldest_due": DASH if oldest is None else span(timedelta(seconds=oldest)),
            "updated_at": date_format(timezone.localtime(now), "H:i:s"),
        }
    )


def totals_shown(data: dict[str, Any]) -> dict[str, str]:
    """The figures that are public too: totals and rates of attempts, and since when."""
    first = data["first_lead_at"] and parse_datetime(data["first_lead_at"])
    log_id = data["first_api_log_id"]
    return {
        "sent": number(sum(data["attempts"].values())),
        "13003": number(data["attempts"]["13003"]),
        "13002": number(data["attempts"]["13002"]),
        "success_rate": percent(data["success_rate"]),
        "failure_rate": percent(data["failure_rate"]),
        "first_lead_at": (date_format(timezone.localtime(first), "Y-m-d H:i:s") if first else DASH),
        "first_api_log_id": DASH if log_id is None else str(log_id),
    }


def oldest_due(now: datetime) -> timedelta | None:
    """How long the longest waiting due lead has been due; None while none is."""
    destinations = Destination.objects.values_list("pk", flat=True)
    due = [Lead.objects.oldest_due(pk, now) for pk in destinations]
    oldest = min((moment for moment in due if moment), default=None)
    return None if oldest is None else now - oldest


def by_reason() -> list[dict[str, Any]]:
    """Failed leads of today's table by reason, the most frequent first."""
    rows = (
        Figure.objects.filter(kind=Figure.Kind.LEAD, outcome=Lead.Status.FAILED)
        .values_list("reason")
        .annotate(n=Sum("amount"))
        .order_by("-n", "reason")
    )
    known = [(reason, n) for reason, n in rows if n > 0 and reason in Reason.values]
    most = max((n for _reason, n in known), default=1)
    return [
        {
            "reason": Reason(reason),
            "count": n,
            "width": round(100 * n / most, 1),
        }
        for reason, n in known
    ]


def fragments(request: HttpRequest, data: dict[str, Any], now: datetime) -> dict[str, str]:
    """The parts that are drawn, by the id of the element that holds them."""
    may_open = request.user.has_perm("leads.view_failedlead")
    return {
        "chart-hours": charts.draw("hours", "Attempts per hour, last 24 hours", series.hours(now)),
        "chart-days": charts.draw("days", "Attempts per day, last 30 days", series.days(now)),
        "reasons": render_to_string(
            "admin/leads/reasons.html", {"reasons": by_reason(), "may_open": may_open}
        ),
        "destinations": render_to_string(
            "admin/leads/destinations.html",
            {
                "destinations": Destination.objects.all()[:20],
                "now": now,
                "may_open": request.user.has_perm("leads.view_destination"),
            },
        ),
    }
