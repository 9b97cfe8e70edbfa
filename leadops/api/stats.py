"""Figures of any span, whole and by any dimension: what the dashboard counts, for programs."""

from __future__ import annotations

from collections.abc import Sequence
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
from leads.counters.sales.read import GROUPS as SOLD_BY
from leads.counters.sales.read import SalesLine, sales
from leads.counters.spans import NAMES, Counts, Reader, Span
from leads.models.queries.visible import sites_of
from leads.models.sales import in_full
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


class AmountSerializer(Described):
    """Deals won in one currency."""

    currency = serializers.CharField(help_text="Three letters; empty where it is not known.")
    won = serializers.IntegerField()
    amount = serializers.DecimalField(19, 3)


class SoldSerializer(Described):
    """What became of leads in the CRM."""

    leads = serializers.IntegerField()
    delivered = serializers.IntegerField()
    converted = serializers.IntegerField()
    won = serializers.IntegerField()
    amounts = AmountSerializer(many=True, help_text="By currency, never added up.")


class SoldGroupSerializer(SoldSerializer):
    """The same of one value."""

    key = serializers.CharField()
    name = serializers.CharField()


class SalesSerializer(Described):
    """A span, whole and in groups."""

    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField()
    total = SoldSerializer()
    groups = SoldGroupSerializer(many=True)


SPAN = [
    of("since", {"type": "string", "format": "date-time"}, "Without it: all time."),
    of("until", {"type": "string", "format": "date-time"}, "Without it: now."),
]


class StatsViews(OpsViews):
    """Figures."""

    rights = dict.fromkeys(("read", "sales"), right(Scope.FIGURES, "leads.view_figure"))

    @operation(
        "get_stats",
        "Figures of a span, to the full hour of UTC",
        StatsSerializer,
        query=[
            *SPAN,
            of("by", {"type": "string", "enum": [*GROUPS]}, "How it is divided."),
        ],
    )
    def read(self, request: Request) -> Response:
        """Counted as the dashboard counts, at one instant."""
        by, span, sites = wanted(request, GROUPS)
        if by in STEPS:
            return Response(in_steps(span, STEPS[by], sites))
        found = overview(span, None, sites, [by] if by else [])
        table = found.tables.get(by)
        lines = [*table.lines, *table.rest] if table else []
        groups = [{"key": str(one.key), "name": one.name, **counted(one.now)} for one in lines]
        return Response(answer(span, found.now, groups, found.unaccounted))

    @operation(
        "get_sales",
        "What became of the leads received in a span: converted, won, amounts",
        SalesSerializer,
        query=[*SPAN, of("by", {"type": "string", "enum": [*SOLD_BY]}, "How it is divided.")],
    )
    def sales(self, request: Request) -> Response:
        """Counted as the desk's page counts; the groups add up to the total."""
        by, span, sites = wanted(request, SOLD_BY)
        found = sales(span, by or SOLD_BY[0], sites)
        lines = [*found.lines, *found.rest] if by else []
        groups = [{"key": str(one.key), "name": one.name, **sold(one)} for one in lines]
        whole = {"total": sold(found.total), "groups": groups}
        return Response({"since": moment(span.since), "until": moment(span.until)} | whole)


def wanted(request: Request, groups: Sequence[str]) -> tuple[str, Span, list[int] | None]:
    """How to divide which span, and the account's sites; None for all. Raises Problem."""
    query, now = request.query_params, database_now()
    since, until = asked(query.get("since"), "since"), asked(query.get("until"), "until") or now
    by = query.get("by", "")
    if by not in ("", *groups):
        raise invalid("“by” is not understood.", {"by": f"one of {', '.join(groups)}"})
    if since and since >= until:
        raise invalid("“since” is before “until”.", {"since": "too late"})
    own = sites_of(request.user)
    return by, Span.of(since, until), None if own is None else sorted(own)


def sold(line: SalesLine) -> dict[str, Any]:
    """What became of some leads, by name."""
    return {
        "leads": line.leads.received,
        "delivered": line.leads.delivered,
        "converted": line.sold.converted,
        "won": line.sold.won,
        "amounts": [
            {"currency": code, "won": one.won, "amount": f"{in_full(one.thousandths):.3f}"}
            for code, one in line.sold.amounts.items()
        ],
    }


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
