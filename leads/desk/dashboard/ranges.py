"""A chosen span of time and the same span before."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leads.counters.read import HOUR, down
from leads.counters.spans import Span
from leads.desk.dashboard import series

LENGTHS = {"24h": timedelta(hours=24), "7d": timedelta(hours=7 * 24)}
DAYS = {"30d": 30, "90d": 90}


def spans(name: str, now: datetime) -> tuple[Span, Span | None]:
    """The span of a range and the one before it, which ends at the same time of day.

    To the hour: where a zone's days begin at half past, both begin half an hour early.
    """
    if name == "all":
        return Span.of(None, now), None
    since = series.axis(name, now, None).bounds[0]
    if name in LENGTHS:
        begin, end = since - LENGTHS[name], now - LENGTHS[name]
    else:
        begin = series.days(now, 2 * DAYS[name]).bounds[0]
        local = timezone.localtime(now).replace(tzinfo=None)
        end = timezone.make_aware(local - timedelta(days=DAYS[name]))
    return Span.of(since, now), Span.of(begin, max(down(end + HOUR / 2, HOUR), begin + HOUR))


def words_of(span: Span | None) -> str:
    """From when to when, on the clock of whoever looks."""
    if span is None or span.since is None:
        return _("all time")
    since, until = (
        date_format(timezone.localtime(moment), _("j M Y H:i"))
        for moment in (span.since, span.until)
    )
    return _("%(since)s to %(until)s") % {"since": since, "until": until}
