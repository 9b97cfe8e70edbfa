"""The page of a wallboard: totals, sites and reasons of the last 24 hours, for no one logged in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from leads.clock import database_now
from leads.counters.figures import Changes, Difference, accounts, number, share, tiles
from leads.counters.overview import Table, overview
from leads.desk.dashboard import ranges
from leads.models import Site, Wallboard
from leads.models.queries import visible

MOST = 8
"""Lines of a table that are read from across a room."""
RANGE = "24h"
PERMISSION = "leads.view_figure"
BY = ("site", "reason")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""As behind the link of a mail: the page asks for nothing but its own files."""


@require_safe
def wallboard_page(request: HttpRequest, secret: str) -> HttpResponse:
    """The figures behind a secret address; 404 where it opens nothing, or no longer."""
    board = Wallboard.objects.shown_by(secret)
    if board is None or not board.made_by.has_perm(PERMISSION):
        raise Http404
    with translation.override(language_of(board)):
        figures = kept(board, database_now())
        response = render(request, "leads/wallboard.html", {"board": board, "figures": figures})
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def kept(board: Wallboard, now: datetime) -> Any:
    """The figures, counted at most once in ten seconds whoever asks; nothing before the first.

    Those of before stand for the same sites alone: its maker may be limited since.
    """
    if not Wallboard.objects.win(board.pk, now):
        same = board.figures is None or board.figures.get("sites") == sites_of(board)
        return board.figures if same else counted(board, now)
    figures = counted(board, now)
    Wallboard.objects.filter(pk=board.pk, revoked_at=None).update(figures=figures)
    return figures


def counted(board: Wallboard, now: datetime) -> dict[str, Any]:
    """The figures as numbers and names, as they are kept."""
    seen = overview(*ranges.spans(RANGE, now), sites_of(board), BY)
    return {
        "sites": sites_of(board),
        "at": date_format(timezone.localtime(now), "H:i:s"),
        "tiles": [
            {
                "title": tile.title,
                "shown": tile.shown,
                "change": _change(tile.difference),
            }
            for tile in tiles(seen)
        ],
        "unaccounted": accounts(seen)["unaccounted"],
        "tables": [
            {
                "title": name,
                "heading": str(seen.tables[name].words.heading),
                "lines": _lines(seen.tables[name]),
            }
            for name in BY
        ],
    }


def sites_of(board: Wallboard) -> list[int] | None:
    """The board's own site, else every site; of them those that its maker sees now."""
    seen = visible.sites_of(board.made_by)
    if board.site_id is None:
        return None if seen is None else sorted(seen)
    return [board.site_id] if seen is None or board.site_id in seen else []


def language_of(board: Wallboard) -> str:
    """As a mail: that of its sites where they share one, else English. Nobody is logged in."""
    own = sites_of(board)
    shown = Site.objects.all() if own is None else Site.objects.filter(pk__in=own)
    return shown.language()


def _lines(table: Table) -> list[dict[str, Any]]:
    first = table.first(MOST)
    return [
        {
            "name": line.name,
            "received": number(line.now.received),
            "arrived": share(line.now.outcome_rate),
            "failed": number(line.now.failed),
            "changes": {
                "received": _change(told.received),
                "arrived": _change(told.arrived),
                "failed": _change(told.failed),
            },
        }
        for line in [*first.lines, *first.rest]
        if line.key != "" or table.dimension == "site"
        for told in [Changes.of(line)]
    ]


def _change(told: Difference | None) -> dict[str, str] | None:
    """As it is kept with the figures."""
    return None if told is None else asdict(told)
