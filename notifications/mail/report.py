"""The weekly report as a mail: figures beside those of the week before, two charts, the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from leads.counters.breakdown import Dimension
from leads.counters.figures import Changes, accounts, number, share, tiles
from leads.counters.overview import Table
from notifications.mail.letter import Mail, Sheet, render
from notifications.mail.png import bars
from notifications.models import Notice
from notifications.week_counts import Week
from notifications.wording.events import event, moment
from notifications.wording.links import admin_url
from notifications.wording.values import LONGEST_LINE, one_line

MOST = 5
"""Lines of a table in a mail."""
CHARTS = {
    "leads": gettext_lazy("Leads received, by day"),
    "failed": gettext_lazy("Failed, by day"),
}
"""The titles of the pictures, by their names."""


class Row(NamedTuple):
    """A line of a table."""

    name: str
    received: str
    arrived: str
    """Empty where it says nothing: of a reason."""
    failed: str
    changes: Changes


class Chart(NamedTuple):
    """A picture, what it shows, and the same in words."""

    name: str
    title: str
    words: str


def weekly(notice: Notice, week: Week, sheet: Sheet) -> Mail:
    """The mail; the tables are those of the dashboard."""
    title = event(notice).title
    received = [n.received for n in week.days], [n.received for n in week.days_before]
    failed = [n.failed for n in week.days], [n.failed for n in week.days_before]
    days = [date_format(week.since + timedelta(days=n, hours=12), "D") for n in range(7)]
    context = {
        "title": title,
        "since": moment(week.since),
        "until": moment(week.until),
        "tiles": tiles(week.seen),
        "accounts": accounts(week.seen),
        "charts": [
            Chart("leads", str(CHARTS["leads"]), _in_words(days, *received)),
            Chart("failed", str(CHARTS["failed"]), _in_words(days, *failed)),
        ],
        "tables": [(table.words.title, _rows(table)) for table in week.seen.tables.values()],
        "days": days,
        "url": admin_url(),
    }
    images = (("leads", bars(*received)), ("failed", bars(*failed)))
    return render("report", title, sheet, context)._replace(images=images)


def _in_words(days: list[str], now: list[int], before: list[int]) -> str:
    pairs = zip(days, now, before, strict=True)
    return ", ".join(f"{day} {number(n)} ({number(was)})" for day, n, was in pairs)


def _rows(table: Table) -> list[Row]:
    first = table.first(MOST)
    return [
        Row(
            one_line(line.name, LONGEST_LINE),
            number(line.now.received),
            share(line.now.outcome_rate) if table.dimension != Dimension.REASON else "",
            number(line.now.failed),
            Changes.of(line),
        )
        for line in [*first.lines, *first.rest]
    ]
