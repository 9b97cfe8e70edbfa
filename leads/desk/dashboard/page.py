"""The dashboard's figures, as a page and as stats.json. True to the instant they were read at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.counters import deltas
from leads.counters import read as counters
from leads.counters.figures import accounts, tiles
from leads.counters.held import lately_moved
from leads.counters.of_sites import failed_of, first_attempt_of, read_for, since_of
from leads.counters.overview import TITLES, Overview, overview
from leads.desk.dashboard import alarms, charts, panels, ranges, series, tables
from leads.desk.kit.formatting import DASH, number, percent, span
from leads.desk.kit.links import Links
from leads.desk.kit.live_figures import figures_response, totals_shown
from leads.models import Destination, Heartbeat, Lead
from leads.models.queries.visible import is_limited, sites_of

PERMISSION = "leads.view_figure"
MOST = 20
"""Destinations that are shown."""
KEPT_SECONDS = 10
"""How long counted figures are kept for others. They are kept by the version of the counters, so
that none is ever old; this only bounds names and the time a lead was last seen."""


def dashboard_stats(request: HttpRequest) -> HttpResponse:
    """`/admin/stats.json`: what `leadstats --json` says, and all that the dashboard shows.

    304 where the browser has it all.
    """
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    return figures_response(request, board(request, database_now()))


def board(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """All-time figures; `shown`, each number as text; `fragments`, each drawn part as HTML."""
    chosen = request.GET.get("range", "")
    chosen = chosen if chosen in series.RANGES else series.DEFAULT
    links = Links(request.user)
    tabled = request.GET.get("table") == "1"
    counted = kept(chosen, tabled, links, now, request.user)
    destinations = list(Destination.objects.visible_to(request.user))
    due = due_since(destinations, now, request.user)
    oldest = min(due.values(), default=None)
    data = counted["data"] | {
        "oldest_due_seconds": None if oldest is None else int((now - oldest).total_seconds()),
        "updated_at": now.isoformat(timespec="seconds"),
        "time_zone": timezone.get_current_timezone_name(),
        "range": chosen,
        "tabled": tabled,
    }
    shown = counted["shown"] | {
        "oldest_due": DASH if oldest is None else span(now - oldest),
        "updated_at": date_format(timezone.localtime(now), "H:i:s"),
    }
    fragments = counted["fragments"] | fragments_of_the_moment(
        request.user, links, destinations, due, now
    )
    return {**data, "shown": shown, "fragments": fragments}


def kept(chosen: str, tabled: bool, links: Links, now: datetime, user: Any) -> dict[str, Any]:
    """What the counters say. Read and drawn once for all who look at the same version of them."""
    axis = series.axis(chosen, now, first_attempt_for(user) if chosen == "all" else None)
    edges = f"{axis.bounds[0].timestamp():.0f}-{axis.bounds[-1].timestamp():.0f}"
    zone = timezone.get_current_timezone_name()
    language = get_language() or "en"
    key = ":".join(
        [
            "board",
            language,
            *map(str, counters.version()),
            chosen,
            str(tabled),
            edges,
            zone,
            links.key,
        ]
        + limit_key(user)
    )
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = count(chosen, axis, tabled, links, now, user)
        cache.set(key, found, KEPT_SECONDS)
    return found


def count(
    chosen: str, axis: series.Axis, tabled: bool, links: Links, now: datetime, user: Any
) -> dict[str, Any]:
    """The figures, read at one instant, as numbers, as text and drawn; of the user's sites."""
    read, own = read_for(user, axis.bounds), sites_of(user)
    seen = overview(*ranges.spans(chosen, now), None if own is None else sorted(own))
    begun = None if own is None else since_of(own)
    data = deltas.as_json(deltas.totals_of(read), begun)
    data |= {
        "sent": sum(data["attempts"].values()),
        "queue": data["queued"] + data["sending"],
        "settled": data["received"] - data["queued"] - data["sending"],
    }
    title = _("Attempts %(span)s") % {"span": series.TITLES[chosen]}
    if chosen == "all":
        title = _("Attempts per %(unit)s, all time") % {"unit": axis.unit}
    bars = axis.bars(read.bars)
    fragments = {
        "chart": charts.draw(title, bars),
        "table": charts.table(title, bars, links.logs_between) if tabled else "",
        "reasons": panels.reasons(read, links),
        "owners": panels.owners(read, links),
        "figures": figures(seen),
        **tables.draw(seen, links, now),
    }
    return {"data": data, "shown": shown_of(data), "fragments": fragments}


def figures(seen: Overview) -> str:
    """The figures of the chosen span, each beside the same span before."""
    context = {
        "tiles": tiles(seen),
        "accounts": accounts(seen),
        "span": ranges.words_of(seen.span),
        "past": ranges.words_of(seen.past) if seen.past else "",
    }
    return render_to_string("admin/leads/dashboard/figures.html", context)


def shown_of(data: dict[str, Any]) -> dict[str, str]:
    """Every counted figure as the page prints it, by the name in its data-figure."""
    names = ("received", *Lead.Status.values, "queue", "settled")
    counts = {name: number(data[name]) for name in names}
    return counts | totals_shown(data) | {"outcome_rate": percent(data["outcome_rate"])}


def first_attempt_for(user: Any) -> datetime | None:
    """When all time began for this user."""
    own = sites_of(user)
    return counters.first_attempt() if own is None else first_attempt_of(own)


def limit_key(user: Any) -> list[str]:
    """Equal for users who see the same sites; nothing for those who see all."""
    own = sites_of(user)
    return [] if own is None else [",".join(map(str, sorted(own)))]


def due_since(destinations: Sequence[Destination], now: datetime, user: Any) -> dict[int, datetime]:
    """Since when the longest waiting due lead of each of these has been due."""
    own = Lead.objects.visible_to(user)
    due = {one.pk: own.oldest_due(one.pk, now) for one in destinations}
    return {pk: moment for pk, moment in due.items() if moment}


def fragments_of_the_moment(
    user: Any,
    links: Links,
    destinations: Sequence[Destination],
    due: dict[int, datetime],
    now: datetime,
) -> dict[str, str]:
    """The parts that no counter holds, by the id of the element that holds them."""
    destinations, beats = destinations[:MOST], list(Heartbeat.objects.all()[:50])
    context = {
        "now": now,
        "destinations": destinations,
        "may_open": user.has_perm("leads.view_destination"),
        "may_resume": user.has_perm("leads.resume_destination"),
        "workers": panels.Workers.of(beats, now),
        "alarms": alarms.ringing(destinations, beats, due, links, user, now),
    }
    return {
        "destinations": render_to_string("admin/leads/dashboard/destinations.html", context),
        "workers": render_to_string("admin/leads/dashboard/workers.html", context),
        "alarms": render_to_string("admin/leads/dashboard/alarms.html", context),
        "actions": panels.actions(user),
    }


# --- The page -------------------------------------------------------------------------------


def dashboard_context(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What the dashboard's template needs; without the right to figures, nothing."""
    if not request.user.has_perm(PERMISSION):
        return {}
    links = Links(request.user)
    shown = board(request, now)
    return {
        "board": shown,
        "moved": moved_shown(shown, now, request.user),
        "ranges": series.RANGES.items(),
        "tables": [(f"by_{name}", words.title) for name, words in TITLES.items()],
        "rows": {
            "received": links("leads"),
            "failed": links("failed"),
            "queue": links("leads", status="open"),
            "outcome_rate": links("leads", status="settled"),
            "sent": links("logs", held="no"),
            "13003": links("logs", code="13003"),
            "13002": links("logs", code="13002", held="no"),
            "held": links("logs", held="yes"),
        },
        "statuses": [
            (status, label, links("leads", status=status)) for status, label in Lead.Status.choices
        ],
    }


def moved_shown(shown: dict[str, Any], now: datetime, user: Any) -> dict[str, Any]:
    """What left the attempts lately, and the rate with it; nothing when that is long ago.

    It is known of all sites together alone.
    """
    moved = None if is_limited(user) else lately_moved(now)
    if moved is None:
        return {}
    before = deltas.rate(shown["attempts"]["13003"], shown["sent"] + moved.amount)
    return {"at": moved.at, "amount": moved.amount, "rate_before": percent(before)}


def failed_count(user: Any) -> int:
    """How many leads have failed, as every figure says it: without test leads."""
    own = sites_of(user)
    return deltas.totals().leads[Lead.Status.FAILED] if own is None else failed_of(own)
