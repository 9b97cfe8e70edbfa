"""The filters of the failed table: its tabs, and what only its drawer offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from leads.clock import database_now
from leads.desk.kit.filters import OfBulk, OwnerFilter, Quiet, SpanFilter, TestFilter
from leads.desk.kit.paging import Choice, ReasonFilter, SiteFilter
from leads.desk.kit.search import MOST_IDS, SameAs


@dataclass(frozen=True)
class Tab:
    """One view of the table: which leads, in which order, and what an empty one says."""

    name: str
    title: str
    lead_in: str
    order: tuple[str, ...]
    moment: str
    nothing: str

    def rows(self, leads: QuerySet[Any]) -> QuerySet[Any]:
        """The leads of the tab."""
        if self.name == "waiting":
            return leads.waiting(database_now())  # type: ignore[attr-defined]
        return leads.filter(status=self.name)


TABS = {
    tab.name: tab
    for tab in (
        Tab(
            "failed",
            "Failed",
            "Each of these needs a person: retry it, correct it, or enter it by hand.",
            ("-failed_at", "-pk"),
            "failed_at",
            "Nothing failed in this view.",
        ),
        Tab(
            "waiting",
            "Waiting",
            "Not lost: held back for more than 15 minutes by an outage or a pause. "
            "They leave by themselves; Retry sends one now.",
            ("queued_at", "pk"),
            "queued_at",
            "Nothing waits in this view.",
        ),
        Tab(
            "delivered",
            "Delivered",
            "These are in Zoho, each as the record that it names.",
            ("-pk",),
            "received_at",
            "Nothing was delivered in this view.",
        ),
        Tab(
            "entered",
            "Entered by hand",
            "A person typed these into Zoho. They are settled and never sent.",
            ("-pk",),
            "received_at",
            "Nothing was entered by hand in this view.",
        ),
        Tab(
            "discarded",
            "Discarded",
            "Given up by a person, with a reason that the lead's page shows.",
            ("-pk",),
            "received_at",
            "Nothing was discarded in this view.",
        ),
    )
}


def tab_of(request: HttpRequest) -> Tab:
    """The tab that a request looks at."""
    return TABS.get(request.GET.get("tab", ""), TABS["failed"])


class Tabs(Choice):
    """Without a choice: failed."""

    title = "tab"
    parameter_name = "tab"
    template = "admin/leads/kit/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every tab."""
        return [(tab.name, tab.title) for tab in TABS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen tab."""
        return TABS.get(self.value() or "", TABS["failed"]).rows(queryset)


class Tries(Choice):
    """By how many tries the lead itself has used up."""

    title = "tries"
    parameter_name = "tries"
    RANGES = {"0": Q(attempts=0), "1": Q(attempts=1), "2": Q(attempts__gte=2, attempts__lte=4)}
    RANGES |= {"5": Q(attempts__gte=5)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """None, one, a few, many."""
        return [("0", "None used up"), ("1", "1"), ("2", "2 to 4"), ("5", "5 or more")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leads with so many tries."""
        return queryset.filter(self.RANGES.get(self.value() or "", Q()))


class Days(admin.SimpleListFilter):
    """By the day of the failure: two dates, or a length that ends now."""

    title = "created"
    parameter_name = "span"
    template = "admin/leads/failed/days.html"
    SPANS = {"today": "Today", "24h": "24 h", "7d": "7 d"}
    PARAMETERS = ("from", "to")

    def __init__(self, request: HttpRequest, params: dict[str, Any], *rest: Any) -> None:
        super().__init__(request, params, *rest)
        self.moment = tab_of(request).moment
        for name in self.PARAMETERS:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    def expected_parameters(self) -> list[Any]:
        """The span and both dates."""
        return [self.parameter_name, *self.PARAMETERS]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The lengths."""
        return list(self.SPANS.items())

    def has_output(self) -> bool:
        """True, or the parameters would be refused."""
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        """A link for each length, which takes the place of dates."""
        for value, name in self.SPANS.items():
            yield {
                "selected": self.value() == value and not self.dated,
                "query_string": changelist.get_query_string({"span": value}, ["from", "to"]),
                "display": name,
            }

    @property
    def dated(self) -> bool:
        """Whether dates are chosen, which win over a length."""
        return bool(self.date("from") or self.date("to"))

    def date(self, name: str) -> date | None:
        """One of the two dates; None where it is none."""
        try:
            return parse_date(self.used_parameters.get(name) or "")
        except ValueError:
            return None

    def since(self, now: datetime) -> datetime | None:
        """When the chosen length begins; `since-1763800200` says it in Unix seconds."""
        value = "" if self.dated else self.value() or ""
        if value == "today":
            return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        if value in ("24h", "7d"):
            return now - timedelta(days=1 if value == "24h" else 7)
        seconds = value.removeprefix("since-")
        if seconds != value and seconds.isdecimal() and len(seconds) < 11:
            return datetime.fromtimestamp(int(seconds), UTC)
        return None

    def words(self) -> str:
        """The days as people read them."""
        if self.value() in self.SPANS and not self.dated:
            return {"today": "today", "24h": "the last 24 hours", "7d": "the last 7 days"}[
                str(self.value())
            ]
        if since := self.since(database_now()):
            return f"since {timezone.localtime(since):%Y-%m-%d %H:%M}"
        first, last = self.date("from"), self.date("to")
        return " ".join([f"from {first}"] * bool(first) + [f"to {last}"] * bool(last))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of these days, in the time zone of the pages; the last day is included."""
        if self.value() and (since := self.since(database_now())):
            return queryset.filter(**{f"{self.moment}__gte": since})
        if first := self.date("from"):
            queryset = queryset.filter(**{f"{self.moment}__gte": _midnight(first)})
        if last := self.date("to"):
            queryset = queryset.filter(**{f"{self.moment}__lt": _midnight(last, days=1)})
        return queryset


def _midnight(day: date, days: int = 0) -> datetime:
    try:
        return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


class Among(Quiet):
    """What a search found: the leads with these ids, `ids=4711.4712`."""

    title = "search"
    parameter_name = "ids"

    def ids(self) -> list[int]:
        """The ids."""
        parts = (self.value() or "").split(".")[:MOST_IDS]
        return [int(part) for part in parts if part.isdecimal() and len(part) < 19]

    def words(self) -> str:
        """How many there were."""
        found = [pk for pk in self.ids() if pk]
        if not self.value():
            return ""
        if not found:
            return "what was typed: nobody has it"
        count = f"{len(found)} lead{'s' if len(found) > 1 else ''} that the search found"
        return f"the newest {count}" if len(found) == MOST_IDS else count

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """These leads."""
        return queryset.filter(pk__in=self.ids()) if self.value() else queryset


FILTERS: list[Any] = [
    Tabs, ReasonFilter, OwnerFilter, SiteFilter, Days, Tries,
    SameAs, Among, OfBulk, SpanFilter, TestFilter,
]  # fmt: skip
DRAWER = (ReasonFilter, OwnerFilter, SiteFilter, Days, Tries)
"""Those that a person chooses; the others are set by links and by the search."""
