"""Figures that a page keeps true by asking again: as text, and as an answer with an ETag."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from leads.desk.kit.formatting import DASH, number, percent

PASSING = re.compile(r'<span class="ago">[^<]*</span>')
"""What changes by the second and is kept true by the script."""


def figures_response(request: HttpRequest, figures: dict[str, Any]) -> HttpResponse:
    """The figures as JSON that no cache keeps; 304 where the browser has them all."""
    tag = etag(figures)
    known = request.headers.get("If-None-Match") == tag
    response = HttpResponseNotModified() if known else JsonResponse(figures)
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response


def etag(figures: dict[str, Any]) -> str:
    """Equal for equal figures, whenever they are read."""
    passing = ("updated_at", "oldest_due_seconds", "oldest_due")
    shown = {name: text for name, text in figures["shown"].items() if name not in passing}
    lasting = {name: value for name, value in figures.items() if name not in passing}
    fragments = figures.get("fragments", {})
    lasting |= {
        "shown": shown,
        "fragments": {name: PASSING.sub("", html) for name, html in fragments.items()},
    }
    text = json.dumps(lasting, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def totals_shown(data: dict[str, Any]) -> dict[str, str]:
    """The figures that are public too: totals and rates of attempts, and since when."""
    first = data["first_lead_at"] and parse_datetime(data["first_lead_at"])
    log_id = data["first_api_log_id"]
    return {
        "sent": number(sum(data["attempts"].values())),
        "13003": number(data["attempts"]["13003"]),
        "13002": number(data["attempts"]["13002"]),
        "held": number(data["held"]),
        "success_rate": percent(data["success_rate"]),
        "failure_rate": percent(data["failure_rate"]),
        "first_lead_at": (date_format(timezone.localtime(first), "Y-m-d H:i:s") if first else DASH),
        "first_api_log_id": DASH if log_id is None else str(log_id),
    }
