"""Which delivered leads are read back: the first after a change, all repeats, then a sample."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet

from leads.clock import database_now
from leads.data import as_text
from leads.delivery.gateway import Outcome, Verdict
from leads.models import Lead, Site
from zoho.fit.metadata import Record
from zoho.mapping.record import Plan
from zoho.models import Connection, ModuleFields, ReadBack

log = logging.getLogger(__name__)

FIRST = 20
"""Leads of a site, mapping, layout and metadata version that are all read back."""
READ_AFTER = timedelta(seconds=10)
"""Time for Zoho's workflows to do what they do to a new record."""
SAMPLE_AFTER = timedelta(minutes=10)
"""How long a sample is gathered: a hundred records cost one credit, and so does one."""
GIVE_UP = timedelta(minutes=15)
"""How long a lead may take to be settled after its record was stored."""
MOST_LOST = 500
"""How many leads are let go of at once of which there is nothing to compare."""
NOT_READ = frozenset({"Wizard"})
"""Keys of a record that are no fields; others begin with $."""
Why = ReadBack.Why


def plan_read_backs(
    connection: Connection,
    row: ModuleFields | None,
    plans: Mapping[int, Plan],
    leads: Iterable[Lead],
    outcomes: Iterable[Outcome],
) -> None:
    """Note the leads of a batch that are to be read back, with what was sent of them.

    What cannot be noted is not read back: nothing here fails a delivery.
    """
    stored = [
        (lead, outcome)
        for lead, outcome in zip(leads, outcomes, strict=True)
        if outcome.verdict is Verdict.STORED and outcome.record
    ]
    if not stored:
        return
    try:
        with transaction.atomic():
            Choice(connection, row, plans, database_now()).keep(stored)
    except DatabaseError:
        log.exception("could not note what is to be read back")


class Choice:
    """The choice among the leads of one batch."""

    def __init__(
        self,
        connection: Connection,
        row: ModuleFields | None,
        plans: Mapping[int, Plan],
        now: datetime,
    ) -> None:
        self.connection = connection
        self.plans = plans
        self.now = now
        self.metadata = json.dumps([row.fields, row.layouts] if row else None, sort_keys=True)
        self.versions: dict[int, str] = {}
        self.room: dict[str, int] = {}

    def keep(self, stored: list[tuple[Lead, Outcome]]) -> None:
        """Write a row for each lead that is chosen."""
        rows = []
        for lead, outcome in stored:
            version = self.version(lead.site)
            if why := self.why(lead, outcome, version):
                rows.append(self.read_back(lead, outcome, version, why))
        ReadBack.objects.bulk_create(rows, ignore_conflicts=True)

    def version(self, site: Site) -> str:
        """What tells the way in which the site's leads are made today from any other."""
        if site.pk not in self.versions:
            plan = self.plans[site.pk]
            made = (site.pk, plan.rules, plan.rest, plan.extras.get("Layout"), self.metadata)
            digest = hashlib.sha1(repr(made).encode(), usedforsecurity=False).hexdigest()
            self.versions[site.pk] = digest
        return self.versions[site.pk]

    def why(self, lead: Lead, outcome: Outcome, version: str) -> Why | None:
        """Why the lead is read back; None where it is not."""
        if lead.maybe_landed or outcome.already_there:
            return Why.REPEAT
        if self.is_among_the_first(version, lead.is_test):
            return Why.FIRST
        return Why.SAMPLE if is_in_sample(lead, self.connection.proof_share) else None

    def is_among_the_first(self, version: str, is_test: bool) -> bool:
        """Whether there is room for one more; workers beside each other may take a few too many.

        Test leads are read back while there is, and take none of it.
        """
        if version not in self.room:
            known = ReadBack.objects.filter(version=version, lead__is_test=False)
            self.room[version] = FIRST - len(known.values_list("pk", flat=True)[:FIRST])
        left = self.room[version]
        self.room[version] -= not is_test
        return left > 0

    def read_back(self, lead: Lead, outcome: Outcome, version: str, why: Why) -> ReadBack:
        """The row of one lead."""
        gathers = why == Why.SAMPLE and self.connection.proof_share < 100
        return ReadBack(
            lead=lead,
            destination_id=lead.destination_id,
            module=lead.site.module,
            record_id=outcome.zoho_id,
            version=version,
            why=why,
            sent=readable(outcome.record or {}, outcome.left_out),
            due_at=self.now + (SAMPLE_AFTER if gathers else READ_AFTER),
            created_at=self.now,
        )


def is_in_sample(lead: Lead, share: int) -> bool:
    """Whether the dice of its reference, the last bits of which are random, choose the lead."""
    return lead.reference.int % 100 < share


def readable(record: Record, left_out: Iterable[str] = ()) -> Record:
    """What of a record can be read again: fields that were sent with a value."""
    out = NOT_READ.union(left_out)
    return {
        name: value
        for name, value in record.items()
        if name not in out and not name.startswith("$") and not is_empty(value)
    }


def is_empty(value: object) -> bool:
    """Whether there is no value; false and 0 are some."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not as_text(value))


# --- Of which it is time -----------------------------------------------------------------------


def unread(connection: Connection) -> QuerySet[ReadBack]:
    """The leads that are to be read back, now or later; not those whose time has run out."""
    return ReadBack.objects.filter(
        destination_id=connection.destination_id, state=ReadBack.State.DUE, sent__isnull=False
    )


def settled(rows: QuerySet[ReadBack]) -> QuerySet[ReadBack]:
    """Those of leads that are delivered as the record that their call stored."""
    return rows.filter(
        lead__status=Lead.Status.DELIVERED,
        lead__zoho_id=F("record_id"),
        lead__erased_at=None,
    )


def modules_due(connection: Connection, now: datetime) -> list[str]:
    """The modules of which leads are due to be read back, who waits longest first."""
    due = settled(unread(connection)).filter(due_at__lte=now)
    return list(dict.fromkeys(due.order_by("due_at").values_list("module", flat=True)[:1000]))


def let_go_of_others(connection: Connection, now: datetime) -> None:
    """Let go of leads that were erased, or are settled as something else: there is nothing to
    compare, and never will be.
    """
    due = unread(connection).filter(due_at__lte=now)
    kept = settled(due).values("pk")
    other = due.filter(created_at__lt=now - GIVE_UP).exclude(pk__in=kept)
    pks = [*other.values_list("pk", flat=True)[:MOST_LOST]]
    pks += due.filter(lead__erased_at__isnull=False).values_list("pk", flat=True)[:MOST_LOST]
    if pks:
        ReadBack.objects.filter(pk__in=pks).delete()
