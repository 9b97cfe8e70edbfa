"""Reading and writing the counters: totals, rates, series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from django.db.models import QuerySet, Sum

from leads.counters import read as counters
from leads.counters.breakdown import Change, class_of
from leads.counters.held import NOT_INSERTED, kind_of
from leads.models import ApiLog, CounterDelta, Lead
from leads.reasons import ResponseCode
from leads.store.rows import insert_rows

INSERTED = (
    *("kind", "site_id", "quarter", "outcome", "reason", "attribution"),
    *("amount", "folded", "rolled"),
)
PROMPTLY = timedelta(seconds=60)
THREE_PLACES = Decimal("0.001")
NEVER_ALL = Decimal("99.999")


def quarter_of(moment: datetime) -> datetime:
    """The quarter hour, in UTC, that a moment lies in."""
    moment = moment.astimezone(UTC)
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


class Counted(Protocol):
    """What the counters must know of a lead, or of the few columns that stand for one."""

    site_id: int
    is_test: bool
    received_at: datetime
    status: str
    reason: str
    attribution: str


class Logged(Protocol):
    """What the counters must know of an API log."""

    @property
    def site_id(self) -> int: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def response_code(self) -> int: ...
    @property
    def reason(self) -> str: ...


Standing = tuple[str, str]
"""A status and the reason for it."""


class Tally:
    """Changes of counters, gathered while a transaction runs and written at its end."""

    def __init__(self) -> None:
        self.changes: Counter[Change] = Counter()

    def lead_enters(self, lead: Counted) -> None:
        """Count a lead in the state it is in."""
        if not lead.is_test:
            key = (CounterDelta.Kind.LEAD, lead.site_id, quarter_of(lead.received_at))
            self.changes[(*key, str(lead.status), lead.reason, lead.attribution)] += 1

    def lead_moves(self, lead: Counted, before: Standing, after: Standing) -> None:
        """Count a lead out of one standing and into another, whatever the object itself says."""
        if not lead.is_test and before != after:
            key = (CounterDelta.Kind.LEAD, lead.site_id, quarter_of(lead.received_at))
            # A batch of a hundred campaigns is one change while its leads stay on their way.
            same = class_of(*before) == class_of(*after)
            attribution = "" if same else lead.attribution
            self.changes[(*key, str(before[0]), before[1], attribution)] -= 1
            self.changes[(*key, str(after[0]), after[1], attribution)] += 1

    def lead_arrives(self, lead: Counted, change: Mapping[str, Any]) -> None:
        """Count a lead that this brings to the CRM within a minute; or out, if it is not there."""
        status = change.get("status", lead.status)
        if status == lead.status:
            return
        if status == Lead.Status.DELIVERED:
            self._prompt(lead, change.get("settled_at"), 1)
        elif lead.status == Lead.Status.DELIVERED:
            self._prompt(lead, getattr(lead, "settled_at", None), -1)

    def arrived(self, lead: Lead) -> None:
        """Count a lead that is in the CRM among those that were there within a minute, if it was.

        For one that had no attribution as it arrived, and so was not counted then.
        """
        self._prompt(lead, lead.settled_at, 1)

    def _prompt(self, lead: Counted, settled: datetime | None, amount: int) -> None:
        if lead.is_test or not lead.attribution or settled is None:
            return
        if settled - lead.received_at <= PROMPTLY:
            key = (CounterDelta.Kind.PROMPT, lead.site_id, quarter_of(lead.received_at))
            self.changes[(*key, Lead.Status.DELIVERED.value, "", lead.attribution)] += amount

    def attribute(self, lead: Counted, before: str, after: str) -> None:
        """Count a lead under another attribution; how often it is counted stays."""
        if lead.is_test or before == after:
            return
        key = (CounterDelta.Kind.LEAD, lead.site_id, quarter_of(lead.received_at))
        for attribution, amount in ((before, -1), (after, 1)):
            self.changes[(*key, str(lead.status), lead.reason, attribution)] += amount

    def attempt(self, log: Logged, is_test: bool) -> None:
        """Count a settled try, or that a rule held the lead back from one."""
        if not is_test:
            outcome = str(log.response_code)
            kind = kind_of(CounterDelta.Kind.ATTEMPT, outcome, log.reason)
            key = (kind, log.site_id, quarter_of(log.created_at))
            self.changes[(*key, outcome, log.reason, "")] += 1

    def leaves(self, lead: Counted, logs: Iterable[Logged]) -> None:
        """Count a lead that was no test until now, and its settled tries, no more."""
        key = (CounterDelta.Kind.LEAD, lead.site_id, quarter_of(lead.received_at))
        self.changes[(*key, str(lead.status), lead.reason, lead.attribution)] -= 1
        if lead.status == Lead.Status.DELIVERED:
            self._prompt(lead, getattr(lead, "settled_at", None), -1)
        for log in logs:
            tried = (CounterDelta.Kind.ATTEMPT, log.site_id, quarter_of(log.created_at))
            self.changes[(*tried, str(log.response_code), log.reason, "")] -= 1

    def write(self) -> None:
        """Append the changes; belongs into the transaction that made them true."""
        rows = [(*key, n, False, 0) for key, n in self.changes.items() if n]
        if rows:
            insert_rows(CounterDelta, INSERTED, rows)

    def figures(self) -> list[CounterDelta]:
        """The changes as unsaved rows."""
        return [
            CounterDelta(
                kind=kind,
                site_id=site,
                quarter=quarter,
                outcome=out,
                reason=reason,
                attribution=attribution,
                amount=n,
            )
            for (kind, site, quarter, out, reason, attribution), n in self.changes.items()
            if n
        ]


def rate(part: int, whole: int) -> Decimal | None:
    """`part` of `whole` in percent with three decimals; None while there is nothing.

    Rounded half up, and held at 99.999 while anything at all is missing from the whole.
    """
    if whole <= 0:
        return None
    percent = (Decimal(100) * part / whole).quantize(THREE_PLACES, ROUND_HALF_UP)
    return min(percent, NEVER_ALL) if part < whole else percent


@dataclass(frozen=True)
class Totals:
    """All-time figures. Leads by status, attempts by response code."""

    leads: dict[str, int]
    attempts: dict[int, int]
    held: int = 0
    """How many times a rule held a lead: it was not sent, and is no attempt."""

    @property
    def received(self) -> int:
        """Leads all time, whatever became of them."""
        return sum(self.leads.values())

    @property
    def sent(self) -> int:
        """Attempts all time."""
        return sum(self.attempts.values())

    @property
    def success_rate(self) -> Decimal | None:
        """13003 ÷ all attempts, in percent; None while there is none."""
        return rate(self.attempts[ResponseCode.INSERTED], self.sent)

    @property
    def failure_rate(self) -> Decimal | None:
        """100 − success_rate; None while there is no attempt."""
        return None if self.success_rate is None else 100 - self.success_rate

    @property
    def settled(self) -> int:
        """Leads that are no longer on their way."""
        return self.received - sum(self.leads[status] for status in Lead.OPEN)

    @property
    def outcome_rate(self) -> Decimal | None:
        """Delivered ÷ settled leads, in percent; None while none is settled."""
        return rate(self.leads[Lead.Status.DELIVERED], self.settled)


def totals() -> Totals:
    """Everything all time, read in one statement and so at one instant."""
    return totals_of(counters.read())


def totals_of(read: counters.Counters) -> Totals:
    """The all-time figures in the counters."""
    leads = {status: read.count(CounterDelta.Kind.LEAD, status) for status in Lead.Status.values}
    attempts = {
        code: read.count(CounterDelta.Kind.ATTEMPT, str(code)) for code in ResponseCode.values
    }
    return Totals(leads, attempts, read.count(CounterDelta.Kind.HELD, NOT_INSERTED))


def sums(
    kinds: Collection[str],
    sites: Iterable[int] | QuerySet[Any],
    since: datetime,
    *columns: Any,
    **narrowed: Any,
) -> Counter[tuple[Any, ...]]:
    """The counters of these kinds and sites from a quarter hour on, added up by the columns.

    In one statement, and so at one instant; folded sums and loose changes apart, as each has an
    index of its own: without the distinction every site's quarter hours are read.
    """
    own = {"kind__in": kinds, "site__in": sites, "quarter__gte": since}
    rows = CounterDelta.objects.filter(**own, **narrowed)
    parts = rows.filter(folded=True), rows.pending().filter(folded=False)
    folded, loose = (
        part.order_by().values_list(*columns).annotate(n=Sum("amount")) for part in parts
    )
    found: Counter[tuple[Any, ...]] = Counter()
    for *key, n in folded.union(loose, all=True):
        found[tuple(key)] += n
    return found


def since() -> tuple[datetime | None, int | None]:
    """When the first counted lead was received, and the id of the first API log."""
    first_lead = Lead.objects.counted().order_by("pk").values_list("received_at", flat=True).first()
    first_log = (
        ApiLog.objects.filter(lead__is_test=False).order_by("pk").values_list("pk", flat=True)
    ).first()
    return first_lead, first_log


def as_json(
    now: Totals | None = None, begun: tuple[datetime | None, int | None] | None = None
) -> dict[str, Any]:
    """The all-time figures in the shape that `leadstats --json` and stats.json share.

    `begun` is when they began where they are not of all sites; see `since`.
    Rates are numbers in percent with three decimals, or None; times are ISO 8601 in UTC.
    """
    now, (first_lead_at, first_api_log_id) = now or totals(), begun or since()
    return {
        "received": now.received,
        **now.leads,
        "attempts": {str(code): number for code, number in now.attempts.items()},
        "held": now.held,
        "success_rate": None if now.success_rate is None else float(now.success_rate),
        "failure_rate": None if now.failure_rate is None else float(now.failure_rate),
        "outcome_rate": None if now.outcome_rate is None else float(now.outcome_rate),
        "first_lead_at": first_lead_at and first_lead_at.astimezone(UTC).isoformat(),
        "first_api_log_id": first_api_log_id,
    }
