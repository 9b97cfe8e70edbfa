"""The tables of the dashboard: a span by site, reason, source, campaign and page, worst first."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from leads.clock import database_now
from leads.counters import figures, volume
from leads.counters.overview import TITLES, Line, Overview, Table, overview
from leads.counters.spans import NAMES
from leads.criteria import span_of
from leads.desk.dashboard import charts, ranges, series
from leads.desk.failed.export import BOM
from leads.desk.kit.links import Links
from leads.desk.kit.permissions import demand
from leads.models import Lead, Site
from leads.models.queries.visible import sites_of
from leads.shown.cells import safe

MOST = 6
"""Lines that a table shows; the others are one together."""
SPARK_DAYS = 14
PERMISSION = "leads.view_figure"


def draw(seen: Overview, links: Links, now: datetime) -> dict[str, SafeString]:
    """Every table as HTML, by the id of its place."""
    at = span_of(seen.span.since, seen.span.until) if seen.span.since else ""
    drawn = {}
    for name, table in seen.tables.items():
        first = table.first(MOST)
        lines = [_line(first, line, links, at) for line in first.lines]
        more = _of_sites(first.lines, now) if name == "site" else {}
        context = {
            "table": first,
            "lines": [line | more.get(line["key"], {}) for line in lines],
            "rest": [_line(first, line, links, "") for line in first.rest],
            "compared": seen.past is not None,
            "days": SPARK_DAYS,
            "now": now,
        }
        drawn[f"by_{name}"] = render_to_string("admin/leads/dashboard/by.html", context)
    return drawn


def _line(table: Table, line: Line, links: Links, at: str) -> dict[str, Any]:
    now = line.now
    chosen = {table.dimension: line.key} if table.dimension in ("site", "reason") else None
    can_link = chosen is not None and line.key != ""
    # The list of failed leads knows no “but for those that a rule held”.
    is_exact = table.dimension == "reason" or not (now.held or now.spam)
    failed = now.failed + (now.held + now.spam) * (table.dimension == "reason")
    return {
        "key": line.key,
        "name": line.name,
        "now": now,
        "changes": figures.Changes.of(line),
        "arrived": figures.share(now.outcome_rate),
        "prompt": figures.share(figures.prompt_of(now)),
        "tries": figures.share(now.success_rate),
        "leads": links("leads", at=at, **(chosen or {})) if can_link else "",
        "failed": links("leads", at=at, status="failed", **(chosen or {}))
        if can_link and is_exact and failed
        else "",
    }


def _of_sites(lines: Any, now: datetime) -> dict[Any, dict[str, Any]]:
    """When each site's last lead came, and its last days as a line."""
    pks = [line.key for line in lines]
    newest = Lead.objects.filter(site=OuterRef("pk")).order_by("-received_at")
    seen = Site.objects.annotate(seen=Subquery(newest.values("received_at")[:1]))
    sparks = spark_lines(pks, now)
    return {
        pk: {"seen": last, "spark": charts.spark(sparks[pk]), "lately": sum(sparks[pk])}
        for pk, last in seen.filter(pk__in=pks).values_list("pk", "seen")
    }


def spark_lines(pks: list[int], now: datetime) -> dict[int, list[int]]:
    """Leads received on each of the last days, by site. Days of the chosen time zone."""
    return volume.by_day(pks, series.days(now, SPARK_DAYS).bounds)


# --- As a file ------------------------------------------------------------------------------


def download(request: HttpRequest) -> HttpResponse:
    """`/admin/dashboard.csv`: every table of the chosen span, all lines, with the span before."""
    demand(request, PERMISSION)
    chosen = request.GET.get("range", "")
    chosen = chosen if chosen in series.RANGES else series.DEFAULT
    own = sites_of(request.user)
    limit = None if own is None else sorted(own)
    seen = overview(*ranges.spans(chosen, database_now()), limit)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"leads-{chosen}-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response.write(BOM)
    csv.writer(response, quoting=csv.QUOTE_ALL).writerows(rows(seen))
    return response


def rows(seen: Overview) -> Iterator[list[str]]:
    """A line of names, the whole, then each table; sums of each are the whole's."""
    columns = ["received", *NAMES]
    yield ["by", "value", *columns, *(f"{name} before" for name in columns)]
    yield ["all", ranges.words_of(seen.span), *_numbers(Line("", "", seen.now, seen.before))]
    for name in TITLES:
        table = seen.tables[name]
        for line in [*table.lines, *table.rest]:
            yield [name, safe(line.name), *_numbers(line)]


def _numbers(line: Line) -> list[str]:
    columns = ("received", *NAMES)
    return [str(getattr(counts, n)) for counts in (line.now, line.before) for n in columns]
