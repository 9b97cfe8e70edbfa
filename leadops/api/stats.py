"""Figures of any span, whole and by any dimension: what the dashboard counts, for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews
from leadops.api.bulk import moment
from leadops.api.describe import of, operation
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described
from leadops.api.problems import invalid
from leads.clock import database_now
from leads.counters.overview import TITLES, overview
from leads.counters.read import DAY, HOUR
from leads.counters.spans import NAMES, Counts, Reader, Span
from leads.models.queries.visible import sites_of
from leads.store import database

STEPS = {"hour": HOUR, "day": DAY}
GROUPS = (*TITLES, *STEPS)
MOST_STEPS = 100


class CountsSerializer(Described):
    """Leads by where they stand, and attempts made in the same time."""

    received = serializers.IntegerField()
    under_way = serializers.IntegerField()
    delivered = serializers.IntegerField()
    entered = serializers.IntegerField()
    failed = serializers.IntegerField()
    held = serializers.IntegerField()
    spam = serializers.IntegerField()
    discarded = serializers.IntegerField()
    prompt = serializers.IntegerField(help_text="In the CRM within 60 seconds.")
    inserted = serializers.IntegerField(help_text="Attempts: 13003.")
    refused = serializers.IntegerField(help_text="Attempts: 13002.")


class GroupSerializer(CountsSerializer):
    """The counts of one value."""

    key = serializers.CharField()
    name = serializers.CharField()


class StatsSerializer(Described):
    """A span, whole and in groups."""

    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField()
    total = CountsSerializer()
    groups = GroupSerializer(many=True)
    unaccounted = serializers.IntegerField(help_text="Anything but 0 is a fault of LeadOps.")


class StatsViews(OpsViews):
    """Figures."""

    rights = {"read": right(Scope.FIGURES, "leads.view_figure")}

    @operation(
        "get_stats",
        "Figures of a span, to the full hour of UTC",
        StatsSerializer,
        query=[
            of("since", {"type": "string", "format": "date-time"}, "Without it: all time."),
            of("until", {"type": "string", "format": "date-time"}, "Without it: now."),
            of("by", {"type": "string", "enum": [*GROUPS]}, "How it is divided."),
        ],
        refuses=(422,),
    )
    def read(self, request: Request) -> Response:
        """Counted as the dashboard counts, at one instant."""
        query, now = request.query_params, database_now()
        since, until = asked(query.get("since"), "since"), asked(query.get("until"), "until") or now
        by = query.get("by", "")
        if by not in ("", *GROUPS):
            raise invalid("“by” is not understood.", {"by": f"one of {', '.join(GROUPS)}"})
        if since and since >= until:
            raise invalid("“since” is before “until”.", {"since": "too late"})
        own = sites_of(request.user)
        sites = None if own is None else sorted(own)
        span = Span.of(since, until)
        if by in STEPS:
            return Response(in_steps(span, STEPS[by], sites))
        found = overview(span, None, sites, [by] if by else [])
        table = found.tables.get(by)
        lines = [*table.lines, *table.rest] if table else []
        groups = [{"key": str(one.key), "name": one.name, **counted(one.now)} for one in lines]
        return Response(answer(span, found.now, groups, found.unaccounted))


def asked(text: str | None, name: str) -> datetime | None:
    """A moment of the query. Raises Problem."""
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or not 1970 < found.year < 9000:
        raise invalid(f"“{name}” takes a moment like 2026-01-31T08:00:00Z.", {name: "no moment"})
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def in_steps(span: Span, step: timedelta, sites: list[int] | None) -> dict[str, Any]:
    """A span hour by hour or day by day. Raises Problem where there are too many."""
    if span.since is None or (span.until - span.since) / step > MOST_STEPS:
        words = f"at most {MOST_STEPS} of them, from “since” on"
        raise invalid("The span is too long for these groups.", {"by": words})
    with database.snapshot():
        reader, groups, begin = Reader.now(sites), [], span.since
        total, unaccounted = reader.total(span), reader.unaccounted()
        while begin < span.until:
            end = min(begin + step, span.until)
            counts = counted(reader.total(Span(begin, end)))
            groups.append({"key": moment(begin), "name": moment(begin), **counts})
            begin = end
    return answer(span, total, groups, unaccounted)


def answer(span: Span, total: Counts, groups: Any, unaccounted: int) -> dict[str, Any]:
    """The whole answer."""
    return {
        "since": moment(span.since),
        "until": moment(span.until),
        "total": counted(total),
        "groups": groups,
        "unaccounted": unaccounted,
    }


def counted(counts: Counts) -> dict[str, int]:
    """The counts by name."""
    return {"received": counts.received} | {name: asdict(counts)[name] for name in NAMES}
