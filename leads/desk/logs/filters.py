"""By what API logs and API calls are filtered: each by an index, on a million rows too."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.criteria import NotUnderstood, midnight, understood
from leads.desk.kit.lists.paging import Choice, Exact
from leads.desk.kit.lists.spans import between
from leads.models import ApiCall
from leads.numbers import localised
from leads.reasons import RULES, ResponseCode

LONGEST_MS = 9
"""Digits of a duration."""
FEW = 2_000
"""Slow calls that are looked up one by one; where there are more, some are near the end."""


class CodeFilter(Exact):
    """By response code."""

    title = gettext_lazy("code")
    parameter_name = "code"
    column = "response_code"
    offered = ResponseCode.choices


class HeldFilter(Choice):
    """By whether a rule of ours held the lead, or it was an attempt."""

    title = gettext_lazy("held by a rule")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Those that were sent nowhere, and all others."""
        return [("yes", _("Held, not sent")), ("no", _("Attempts"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows that the figures count so."""
        held = Q(reason__in=RULES)
        return {"yes": queryset.filter(held), "no": queryset.exclude(held)}.get(
            self.chosen, queryset
        )


class KindFilter(Exact):
    """By kind of call."""

    title = gettext_lazy("kind")
    parameter_name = column = "kind"
    offered = ApiCall.Kind.choices


class StatusClassFilter(Choice):
    """By the first digit of the HTTP status: what kind of answer it was."""

    title = gettext_lazy("answer")
    parameter_name = "http"
    CLASSES = {
        "2xx": Q(status__gte=200, status__lt=300),
        "4xx": Q(status__gte=400, status__lt=500),
        "5xx": Q(status__gte=500),
        "none": Q(status=None),
    }
    WORDS = {
        "2xx": gettext_lazy("Taken in (2xx)"),
        "4xx": gettext_lazy("Refused (4xx)"),
        "5xx": gettext_lazy("Zoho's fault (5xx)"),
        "none": gettext_lazy("No answer"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The classes, and no answer at all."""
        return [(name, self.WORDS[name]) for name in self.CLASSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of the chosen class."""
        return queryset.filter(self.CLASSES.get(self.value() or "", Q()))


class Typed(Choice):
    """A filter that is drawn as an input."""

    template = "admin/leads/logs/typed.html"
    input_type = "text"
    placeholder = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """None to choose from."""
        return []


class SlowerThan(Typed):
    """Calls, or attempts whose call, took longer than so many milliseconds."""

    title = gettext_lazy("slower than (ms)")
    parameter_name = "slower"
    input_type = "number"
    placeholder = gettext_lazy("any")

    def words(self) -> str:
        """What the list is filtered by."""
        return (
            ""
            if self.chosen is None
            else (
                _("what took more than %(chosen)s ms") % {"chosen": localised(f"{self.chosen:,}")}
            )
        )

    def read(self, text: str) -> int:
        """Milliseconds. Raises NotUnderstood."""
        if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_MS):
            raise NotUnderstood(_("“slower” takes a number of milliseconds."))
        return int(text)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The slow ones."""
        limit = self.chosen
        if limit is None:
            return queryset
        slow = ApiCall.objects.filter(took_ms__gt=limit)
        column, slow_column = (
            ("pk", "took_ms") if queryset.model is ApiCall else ("call", "call__took_ms")
        )
        if slow.order_by("took_ms")[: FEW + 1].count() > FEW:
            return queryset.filter(**{f"{slow_column}__gt": limit})
        # Few: found first, by the index of durations. Left to itself PostgreSQL walked a million
        # attempts from their end to slow ones long ago: over 4 s, and 11 ms so.
        few = slow.order_by("-pk").values_list("pk", flat=True)[:FEW]
        # The calls themselves by their numbers: a subquery would be merged into the same walk.
        chosen = list(few) if queryset.model is ApiCall else few
        return queryset.filter(**{f"{column}__in": chosen})


class Day(Typed):
    """By a date, in the time zone of the pages."""

    input_type = "date"

    def read(self, text: str) -> date:
        """The date. Raises NotUnderstood."""
        day: date = understood(str(self.parameter_name), text)
        return day

    def words(self) -> str:
        """What the list is filtered by."""
        return f"{self.title} {self.chosen}" if self.chosen else ""


class FromDay(Day):
    """From this day on."""

    title = gettext_lazy("from")
    parameter_name = "from"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of that day and later ones."""
        day = self.chosen
        return between(queryset, midnight(day), None) if day else queryset


class ToDay(Day):
    """Up to this day, which is included."""

    title = gettext_lazy("to")
    parameter_name = "to"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of that day and earlier ones."""
        day = self.chosen
        return between(queryset, None, midnight(day, days=1)) if day else queryset
