"""Filters that figures link to, so that a list holds exactly the rows that a figure counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from leads.desk.kit.paging import Choice
from leads.desk.kit.spans import between
from leads.models import ApiLog, FailedLead, Lead
from leads.reasons import ABOUT, Owner, Reason

MOMENT: dict[type, str] = {Lead: "received_at", FailedLead: "failed_at", ApiLog: "created_at"}
"""The column that a span of time means, for each list."""
LATEST = 253_402_300_799
"""The last second that a datetime can hold."""


class OwnerFilter(Choice):
    """By who must act."""

    title = "who must act"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Everybody who may have to."""
        return list(Owner.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows whose reason is this party's to mend."""
        if self.value() not in Owner.values:
            return queryset
        return queryset.filter(reason__in=[r for r in Reason if ABOUT[r].owner == self.value()])


class Quiet(admin.SimpleListFilter):
    """A filter that a link sets: nothing to choose, said in words above the list."""

    template = "admin/leads/kit/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """None to choose from."""
        return []

    def has_output(self) -> bool:
        """True, or the parameter would be refused; nothing is drawn."""
        return True


class TestFilter(Choice):
    """Without the test leads, which no figure counts, or only them."""

    title = "test leads"
    parameter_name = "test"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What is shown beside all of them."""
        return [("no", "Without"), ("only", "Only test leads")]

    def words(self) -> str:
        """What the list is narrowed to."""
        return {"no": "real leads, no test leads", "only": "test leads"}.get(self.value() or "", "")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of counted leads, or of test leads."""
        if not self.words():
            return queryset
        column = "lead__is_test" if queryset.model is ApiLog else "is_test"
        return queryset.filter(**{column: self.value() == "only"})


class SpanFilter(Quiet):
    """From one moment until before another: `at=1763800200-1763803800`, in Unix seconds.

    Either side may be empty. Seconds mean the same in every time zone, so a link can be passed on.
    """

    title = "time"
    parameter_name = "at"

    def span(self) -> tuple[datetime | None, datetime | None] | None:
        """The two moments; None where the parameter is no span."""
        first, dash, last = (self.value() or "").partition("-")
        parts = (first, last)
        if not dash or not any(parts) or any(p and not p.isdecimal() for p in parts):
            return None
        if any(p and int(p) > LATEST for p in parts):
            return None
        start, end = (datetime.fromtimestamp(int(p), UTC) if p else None for p in parts)
        return start, end

    def words(self) -> str:
        """The span as people read it, in the time zone they chose."""
        if (span := self.span()) is None:
            return ""
        start, end = (date_format(timezone.localtime(m), "j M Y H:i") if m else "" for m in span)
        if start and end:
            return f"what is from {start} to {end}"
        return f"what is since {start}" if start else f"what is before {end}"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of that time."""
        start, end = self.span() or (None, None)
        if queryset.model is ApiLog:
            return between(queryset, start, end)
        column = MOMENT[queryset.model]
        for side, moment in zip(("gte", "lt"), (start, end), strict=True):
            if moment:
                queryset = queryset.filter(**{f"{column}__{side}": moment})
        return queryset


class OfBulk(Quiet):
    """The leads of one bulk retry: `bulk=12`."""

    title = "bulk retry"
    parameter_name = "bulk"

    def words(self) -> str:
        """Which one."""
        return f"leads of bulk retry {self.value()}" if self._number() else ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The leads that it queued last."""
        number = self._number()
        return queryset.filter(bulk=number) if number else queryset

    def _number(self) -> int:
        value = self.value() or ""
        return int(value) if value.isdecimal() and len(value) < 19 else 0


def span_of(start: datetime | None, end: datetime | None) -> str:
    """The value of `at` for a span."""
    return "-".join(str(int(moment.timestamp())) if moment else "" for moment in (start, end))
