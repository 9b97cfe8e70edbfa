"""Writing down what the CRM shows of the leads' records, and counting it by differences.

Each row knows what it counts and where, so that a deal that changes its amount, its stage or
everything moves the counts in the transaction that changes the row. A row goes with the person;
what it counted stays.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from leads.counters.attribution import parts_of
from leads.counters.breakdown import SALES_LOCK, Day, crossed_since, names_of
from leads.counters.read import DAY, HOUR, down
from leads.models import Breakdown, CrmRecord, Lead, SalesCounter
from leads.models.counters import TIMELESS
from leads.signals import lead_converted
from leads.store import database
from leads.store.rows import insert_rows

log = logging.getLogger(__name__)

CELL = ("grain", "dimension", "start", "site_pk", "value", "currency")
TABLE = SalesCounter._meta.db_table
ADDED = ", ".join(f"{name} = {TABLE}.{name} + EXCLUDED.{name}" for name in SalesCounter.COUNTS)
SHOWN = ("state", "owner", "status", "converted_at", "deal_id", "has_deal")
DEAL = ("deal_is_gone", "stage", "amount", "currency", "won")
Grain, Dimension, State = Breakdown.Grain, Breakdown.Dimension, CrmRecord.State
NAMED = (Dimension.SOURCE.value, Dimension.CAMPAIGN.value, Dimension.CROSSED.value)
"""Dimensions that a row keeps its values of."""

Cell = tuple[str, str, datetime, int, str, str]
"""A counter, by CELL."""


@dataclass(frozen=True)
class Deal:
    """A deal as the CRM shows it; the amount in thousandths."""

    deal_is_gone: bool = False
    stage: str = ""
    amount: int | None = None
    currency: str = ""
    won: bool = False


@dataclass(frozen=True)
class Sighting:
    """What the CRM shows of one lead's record; `deal` where it was asked of it and answered."""

    state: str
    owner: str = ""
    status: str = ""
    converted_at: datetime | None = None
    deal_id: str = ""
    deal: Deal | None = None


def record(sightings: Mapping[int, Sighting], now: datetime) -> int:
    """Keep these, by lead, and count what changed; how many leads there were of them.

    Leads that were erased meanwhile, or are no longer delivered, are left alone. Who listens is
    told of each lead that is newly converted, in the same transaction.
    """
    with transaction.atomic():
        database.lock_names([SALES_LOCK])
        leads = Lead.objects.counted().filter(
            pk__in=sightings, erased_at=None, status=Lead.Status.DELIVERED
        )
        locked = list(leads.defer("body", "data").order_by("pk").select_for_update())
        writing = Writing(locked, now)
        for lead in locked:
            writing.see(lead, sightings[lead.pk])
        writing.write()
        tell(writing.converted)
    return len(locked)


def tell(converted: Iterable[CrmRecord]) -> None:
    """Say which leads were converted, in the running transaction: each is seen to be so only once.

    A listener that fails is logged, and reading goes on.
    """
    for row in converted:
        try:
            with transaction.atomic():
                lead_converted.send(CrmRecord, lead=row.lead, record=row)
        except Exception:
            log.exception("the conversion of lead %s was not told", row.lead_id)


def forget(ids: Sequence[int]) -> None:
    """Let go of what is known of these leads; what was counted stays."""
    CrmRecord.objects.filter(lead__in=ids).delete()


def take_out(lead: Lead) -> None:
    """Count no longer what became of a lead that is in no figure from now on.

    Belongs into the transaction that holds the lead: who writes down what became of it waits for
    that, and must find nothing of ours that it waits for as well.
    """
    row = CrmRecord.objects.filter(lead=lead).first()
    if row is not None:
        add(counted(row, -1))
        row.delete()


@dataclass
class Writing:
    """One batch of leads, with the rows that they and their records have."""

    leads: Sequence[Lead]
    now: datetime
    rows: dict[int, CrmRecord] = field(init=False)
    taken: set[tuple[int, str]] = field(init=False)
    """Records that have a lead which counts, by destination."""
    fresh: list[CrmRecord] = field(default_factory=list)
    changes: Counter[tuple[Cell, str]] = field(default_factory=Counter)
    converted: list[CrmRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = CrmRecord.objects.filter(lead__in=[lead.pk for lead in self.leads])
        self.rows = {row.lead_id: row for row in known}
        self.before = {pk: _shown(row) for pk, row in self.rows.items()}
        others = CrmRecord.objects.filter(
            destination__in={lead.destination_id for lead in self.leads},
            record_id__in={lead.zoho_id for lead in self.leads},
        )
        self.taken = set(others.values_list("destination", "record_id"))
        self.named = cells_of(lead for lead in self.leads if lead.pk not in self.rows)

    def see(self, lead: Lead, seen: Sighting) -> None:
        """Take in what is shown of one lead's record."""
        row = self.rows.get(lead.pk)
        was_converted = row is not None and row.converted_at is not None
        if row is None:
            row = self.first_row(lead)
            self.fresh.append(row)
        else:
            self.changes.update(counted(row, -1))
        row.lead, row.read_at = lead, self.now
        self.take(row, seen)
        self.changes.update(counted(row))
        if row.converted_at is not None and not was_converted:
            self.converted.append(row)

    def first_row(self, lead: Lead) -> CrmRecord:
        """The row of a lead that had none."""
        start, named = self.named[lead.pk]
        mine = (lead.destination_id, lead.zoho_id)
        is_first = mine not in self.taken
        self.taken.add(mine)
        return CrmRecord(
            lead=lead,
            destination_id=lead.destination_id,
            record_id=lead.zoho_id,
            is_first=is_first,
            start=start,
            site_pk=lead.site_id,
            **named,
        )

    def take(self, row: CrmRecord, seen: Sighting) -> None:
        """Change the row to what is shown; a deal that was not asked of stays as it was known."""
        row.state = seen.state
        if seen.state == State.HIDDEN and row.pk:
            seen = known_of(row, seen.deal)
        for name in ("owner", "status"):
            setattr(row, name, getattr(seen, name))
        if seen.state == State.OPEN:
            row.converted_at = None
        elif seen.state == State.CONVERTED:
            row.converted_at = seen.converted_at or row.converted_at or self.now
        if seen.deal_id != row.deal_id:
            for name, value in vars(Deal()).items():
                setattr(row, name, value)
            row.deal_id, row.has_deal = seen.deal_id, self.is_free(row, seen.deal_id)
        if seen.deal is not None and row.deal_id:
            for name, value in vars(seen.deal).items():
                setattr(row, name, value)

    def is_free(self, row: CrmRecord, deal_id: str) -> bool:
        """Whether no other lead counts the deal."""
        others = CrmRecord.objects.filter(destination=row.destination_id, deal_id=deal_id)
        taken = others.filter(has_deal=True).exclude(pk=row.pk).exists()
        beside = any(
            one.deal_id == deal_id and one.has_deal
            for one in [*self.fresh, *self.rows.values()]
            if one is not row
        )
        return bool(deal_id) and not taken and not beside

    def write(self) -> None:
        """Write the rows and the differences; most rows are as they were the night before."""
        CrmRecord.objects.bulk_create(self.fresh)
        changed = [row for pk, row in self.rows.items() if _shown(row) != self.before[pk]]
        CrmRecord.objects.bulk_update(changed, [*SHOWN, *DEAL])
        CrmRecord.objects.filter(lead__in=list(self.rows)).update(read_at=self.now)
        add(self.changes)


def _shown(row: CrmRecord) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in (*SHOWN, *DEAL))


def known_of(row: CrmRecord, deal: Deal | None) -> Sighting:
    """What the row says, of a record that is no longer shown."""
    return Sighting(row.state, row.owner, row.status, row.converted_at, row.deal_id, deal)


def counted(row: CrmRecord, times: int = 1) -> Counter[tuple[Cell, str]]:
    """What the row counts for, once or taken back."""
    counts: Counter[tuple[Cell, str]] = Counter()
    if not row.is_first or row.converted_at is None:
        return counts
    for name, currency, n in _numbers(row):
        for cell in _cells(row, currency):
            counts[cell, name] += n * times
    return counts


def _numbers(row: CrmRecord) -> Iterable[tuple[str, str, int]]:
    yield "converted", "", 1
    if row.won and row.has_deal:
        yield "won", row.currency, 1
        yield "amount", row.currency, row.amount or 0


def _cells(row: CrmRecord, currency: str) -> Iterable[Cell]:
    values = {Dimension.SITE.value: ""}
    if row.source:  # a lead of before has none yet, nor a campaign
        values |= {Dimension.SOURCE.value: row.source, Dimension.CAMPAIGN.value: row.campaign}
    if row.crossed:
        values |= {Dimension.CROSSED.value: row.crossed}
    day = row.start.astimezone(UTC)
    grains = {Grain.HOUR: day, Grain.DAY: down(day, DAY), Grain.ALL: TIMELESS}
    for grain, start in grains.items():
        for dimension, value in values.items():
            yield grain.value, dimension, start, row.site_pk, value, currency


def cells_of(leads: Iterable[Lead]) -> dict[int, tuple[datetime, dict[str, str]]]:
    """The hour in which each lead is counted, and its values as the breakdown has them."""
    wanted: dict[int, tuple[datetime, dict[str, tuple[Day, str]]]] = {}
    since = crossed_since()
    for lead in leads:
        hour = down(lead.received_at.astimezone(UTC), HOUR)
        parts = parts_of(lead.attribution)
        names = NAMED if hour >= since else NAMED[:-1]
        cells = {
            name: ((name, lead.site_id, down(hour, DAY)), parts[name])
            for name in names
            if name in parts
        }
        wanted[lead.pk] = (hour, cells)
    shown = names_of({cell for _hour, cells in wanted.values() for cell in cells.values()})
    return {
        pk: (hour, {name: shown.get(cell, cell[1]) for name, cell in cells.items()})
        for pk, (hour, cells) in wanted.items()
    }


def add(changes: Mapping[tuple[Cell, str], int]) -> None:
    """Add differences to the counters; belongs into the transaction that changes the rows."""
    cells: defaultdict[Cell, Counter[str]] = defaultdict(Counter)
    for (cell, name), n in changes.items():
        cells[cell][name] += n
    rows: list[tuple[Any, ...]] = [
        (*cell, *(counts[name] for name in SalesCounter.COUNTS))
        for cell, counts in sorted(cells.items())
        if any(counts.values())
    ]
    insert_rows(
        *(SalesCounter, (*CELL, *SalesCounter.COUNTS), rows),
        f"ON CONFLICT ({', '.join(CELL)}) DO UPDATE SET {ADDED}",
    )
