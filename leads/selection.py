"""Which leads of the failed table, as data: read from an address, kept as JSON, said in words.

The table, its counts, the export, saved views and bulk retries all mean the same rows by it. What
is not understood matches nothing and says why: a slip never widens a decision about many leads.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from leads.criteria import (
    CRITERIA,
    NotUnderstood,
    Period,
    Same,
    Span,
    Tab,
    Tries,
    code,
    meant,
    midnight,
    present,
    shared,
    understood,
    within,
)
from leads.reasons import Owner, Reason

Rows = TypeVar("Rows", bound=Model)
VERSION = 1
EVERYTHING = Span(None, None)
ATTRIBUTES = {name: name for name in CRITERIA} | {"from": "first_day", "to": "last_day"}


def _of_tab(leads: Any, tab: Tab, now: datetime) -> Any:
    """The rows of a tab: those of a status, but for the two that cut across statuses."""
    if tab == Tab.WAITING:
        return leads.waiting(now)
    return leads.incomplete() if tab == Tab.INCOMPLETE else leads.filter(status=tab)


def _sites_in(stored: dict[str, Any]) -> frozenset[int] | None:
    """The limit that was kept with a filter; whatever else stands there lets nothing through."""
    if "sites" not in stored:
        return None
    kept = stored["sites"] if isinstance(stored["sites"], list) else []
    return frozenset(pk for pk in kept if type(pk) is int)


@dataclass(frozen=True)
class LeadFilter:
    """Which leads are meant. Where `refused` says why it was not understood: none."""

    tab: Tab = Tab.FAILED
    reason: Reason | None = None
    field: str | None = None
    owner: Owner | None = None
    site: int | None = None
    assigned: int | str | None = None
    span: Period | datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    tries: Tries | None = None
    same: Same | None = None
    ids: tuple[int, ...] | None = None
    bulk: int | None = None
    at: Span | None = None
    test: bool | None = None
    q: int | uuid.UUID | None = None
    sites: frozenset[int] | None = None
    """The sites of a limited account that asks: no others' leads are meant, whatever else is asked.

    It is kept with the filter, and is in no address.
    """
    refused: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, Any], blank: bool = False) -> LeadFilter:
        """The filter of an address; what is no filter is left out.

        With `blank` an empty value is no choice, as forms send it; else it is not understood.
        """
        values: dict[str, Any] = {}
        faults = []
        for name in query:
            given = query.getlist(name) if hasattr(query, "getlist") else [query[name]]
            if name not in CRITERIA:
                if alike := meant(str(name)):
                    faults.append(
                        _("“%(name)s” is no filter; “%(alike)s” is one.")
                        % {"name": code(name), "alike": alike}
                    )
            elif len(given) != 1:
                faults.append(_("“%(name)s” is there more than once.") % {"name": name})
            elif given[0] != "" or not blank:
                try:
                    values[ATTRIBUTES[name]] = understood(name, given[0])
                except NotUnderstood as fault:
                    faults.append(str(fault))
        return cls(refused=" ".join(faults)) if faults else cls(**values)

    def present(self, user: Any = None) -> LeadFilter:
        """The same; refused where the site or the bulk retry that it names is not there.

        For a user, where they may not see it either.
        """
        try:
            for name, value in self._chosen():
                present(name, value, user)
        except NotUnderstood as fault:
            return LeadFilter(refused=str(fault))
        return self

    @classmethod
    def from_json(cls, stored: Any) -> LeadFilter:
        """What `to_json` kept; refused where an upgrade renamed or dropped what it asks for."""
        if not isinstance(stored, dict) or type(stored.get("version")) is not int:
            return cls(refused=_("The stored filter cannot be read."))
        if stored["version"] != VERSION:
            return cls(refused=_("The stored filter is of another version of LeadOps."))
        if why := stored.get("not_understood"):
            return cls(refused=str(why))
        asked = {name: text for name, text in stored.items() if name not in ("version", "sites")}
        if unknown := asked.keys() - CRITERIA.keys():
            names = ", ".join(sorted(map(code, unknown)))
            return cls(
                refused=(
                    _("The stored filter asks for what is no filter: %(names)s.") % {"names": names}
                )
            )
        return replace(cls.parse(asked), sites=_sites_in(stored))

    def to_json(self) -> dict[str, Any]:
        """The filter as it is stored: codes, dates and numbers, which name nobody."""
        kept = {"not_understood": self.refused} if self.refused else self.query()
        limit = {} if self.sites is None else {"sites": sorted(self.sites)}
        return {"version": VERSION, **kept, **limit}

    def query(self) -> dict[str, str]:
        """The filter as parameters of an address, by name."""
        return {name: CRITERIA[name].write(value) for name, value in sorted(self._chosen())}

    def address(self) -> str:
        """The query part of an address."""
        return urlencode(self.query())

    def words(self) -> str:
        """The filter in one line."""
        if self.refused:
            return _("nothing. %(why)s") % {"why": self.refused}
        said = {name: CRITERIA[name].words(value) for name, value in self._chosen()}
        if "from" in said and "to" in said:
            said["from"] += f" {said.pop('to')}"
        if self.first_day or self.last_day:
            said.pop("span", None)
        return " · ".join(filter(None, said.values())) or _("everything that has failed")

    def rows(self, leads: QuerySet[Rows], now: datetime) -> QuerySet[Rows]:
        """Those of these leads that it means at this moment."""
        if self.refused:
            return leads.none()
        rows = _of_tab(leads, self.tab, now)
        if self.sites is not None:
            rows = rows.filter(site__in=self.sites)
        for name, value in self._chosen():
            if where := CRITERIA[name].where:
                rows = rows.filter(where(value))
        rows = rows.filter(within(self.tab.moment, *self._days(now)))
        rows = rows.filter(within("failed_at", *(self.at or EVERYTHING)))
        return shared(rows, self.same) if self.same else rows

    def fixed(self, now: datetime) -> LeadFilter:
        """The same with a length of time nailed down, for what reads it again later."""
        since, _end = self._days(now)
        if self.span is None or self.first_day or self.last_day or since is None:
            return self
        return replace(self, span=since.replace(microsecond=0))

    @property
    def reach(self) -> set[int]:
        """The sites whose leads alone it may mean; empty where they may be any's."""
        if self.site is not None:
            return {self.site}
        return set(self.sites or ())

    def _chosen(self) -> Iterator[tuple[str, Any]]:
        for name, attribute in ATTRIBUTES.items():
            value = getattr(self, attribute)
            if value is not None and value != Tab.FAILED:
                yield name, value

    def _days(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """From when until when; dates win over a length of time."""
        first, last = self.first_day, self.last_day
        if first or last:
            start = midnight(first) if first else None
            return start, midnight(last, days=1) if last else None
        span = self.span
        return (span.begins(now) if isinstance(span, Period) else span), None
