"""A view of the failed table as data: its rows and its words, wherever they are needed.

The table, its counts, the export, saved views and bulk retries all mean the same rows by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from leads.desk.failed.filters import FILTERS, TABS, Days, Tab, Tabs, tab_of
from leads.desk.kit.paging import ReasonFilter, SiteFilter
from leads.desk.kit.search import is_number, numbered
from leads.models import FailedLead, Lead

Params = Mapping[str, str]
NAMES = {"q", "tab", "from", "to", *(cls.parameter_name for cls in FILTERS)}


def wanted(query: Params) -> dict[str, str]:
    """What a filter asks for, as data that names nobody: what is no filter is left out."""
    kept = {name: query[name] for name in sorted(NAMES) if query.get(name)}
    if "q" in kept and not is_number(kept["q"]):
        del kept["q"]
    return kept


class View:
    """A filter of the failed table outside its page: its rows and words, as a user sees them."""

    def __init__(self, query: Params, user: Any) -> None:
        self.query = wanted(query)
        self.request = HttpRequest()
        self.request.user = user or AnonymousUser()
        self.request.GET = _as_get(self.query)  # type: ignore[assignment]

    @cached_property
    def specs(self) -> list[Any]:
        """The filters, made when they are needed: one of them reads the sites."""
        lookups: dict[str, Any] = {name: [value] for name, value in self.query.items()}
        return [cls(self.request, lookups, FailedLead, None) for cls in FILTERS]

    @property
    def tab(self) -> Tab:
        """The tab that it looks at."""
        return tab_of(self.request)

    def rows(self) -> QuerySet[Lead]:
        """The leads that it holds now."""
        rows: QuerySet[Any] = FailedLead.objects.all()
        for spec in self.specs:
            rows = spec.queryset(self.request, rows)
        if "q" in self.query:
            rows = rows.filter(numbered(self.query["q"]))
        return rows

    def words(self) -> str:
        """The filter in one line."""
        parts = [said(spec) for spec in self.specs]
        if "q" in self.query:
            parts.append(f"lead {self.query['q']}")
        return " · ".join(part for part in parts if part) or "everything that has failed"

    def fixed(self, now: datetime) -> dict[str, str]:
        """The filter with a length of time nailed down, for what reads it again later."""
        [days] = [spec for spec in self.specs if isinstance(spec, Days)]
        since = days.since(now)
        return self.query | ({"span": f"since-{int(since.timestamp())}"} if since else {})

    def address(self) -> str:
        """The query part of its address."""
        return self.request.GET.urlencode()


def said(spec: Any) -> str:
    """What a filter narrows to, in words; empty where it does not."""
    if isinstance(spec, Tabs):
        tab = TABS.get(spec.value() or "")
        return tab.title if tab and tab.name != "failed" else ""
    if hasattr(spec, "words"):
        return str(spec.words())
    labels = {str(value): str(label) for value, label in spec.lookup_choices}
    label = labels.get(str(spec.value()))
    if not spec.value() or not label:
        return ""
    return label if isinstance(spec, ReasonFilter | SiteFilter) else f"{spec.title}: {label}"


def _as_get(query: Params) -> QueryDict:
    get = QueryDict(mutable=True)
    get.update(dict(query))
    return get
