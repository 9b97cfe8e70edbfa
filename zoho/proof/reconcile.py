"""Reconcile: are the delivered leads in Zoho, and are the records there ours? Changes no lead."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from leads.clock import Deadline, database_now
from leads.models import Lead
from zoho.api import coql, rests
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit import fields
from zoho.models import Connection, Finding, Reconciliation
from zoho.proof.budget import credits_left, spend
from zoho.proof.read import CONVERTS, Reader, converted_question

DAYS = 30
CREDITS = 500
"""A query costs one credit and compares 50 leads or 200 records."""
QUERY_SECONDS = 10.0
"""Time that must be left for one more query."""

PART = 0.5
"""The part of a day's credits that the nightly comparison may take; reading back has the rest."""

UNKNOWN = (
    "Some leads were not found. Which of them were converted Zoho does not say, so none is listed:"
)
"""What is said of leads that may be missing, or converted."""

NOT_HERE = (Lead.Status.FAILED, Lead.Status.DISCARDED)
Kind = Finding.Kind


def reconcile_all(
    days: int, credits: int, deadline: Deadline, nightly: bool = False
) -> list[Reconciliation]:
    """Compare every module that sites deliver into, within the credits; what was begun or ended.

    A comparison that ran out of credits or time goes on at the next call. Each night it takes no
    more than its part of the destination's day; what a person starts is counted, and not held.
    """
    compared = []
    for connection, module in _wanted():
        if credits <= 0 or not deadline.allows(QUERY_SECONDS):
            break
        allowed = min(credits, credits_left(connection, PART)) if nightly else credits
        if allowed <= 0:
            continue
        row = begin(connection, module, days)
        before = row.credits
        Comparison(row, connection, allowed, deadline).run()
        credits -= row.credits - before
        compared.append(row)
    return compared


def _wanted() -> Iterator[tuple[Connection, str]]:
    pairs = (
        Connection.objects.filter(destination__sites__isnull=False)
        .values_list("pk", "destination__sites__module")
        .distinct()
        .order_by("pk", "destination__sites__module")
    )
    connections = Connection.objects.select_related("destination").in_bulk()
    for pk, module in pairs:
        if connections[pk].is_set_up:
            yield connections[pk], module


def begin(connection: Connection, module: str, days: int) -> Reconciliation:
    """The open comparison of a module, or a new one of the last `days` days."""
    now = database_now()
    row, _made = Reconciliation.objects.get_or_create(
        destination=connection.destination,
        module=module,
        ended_at=None,
        defaults={"since": now - timedelta(days=days), "started_at": now},
    )
    return row


class Comparison:
    """One run at a comparison: first our leads in Zoho, then Zoho's records among our leads."""

    def __init__(
        self, row: Reconciliation, connection: Connection, credits: int, deadline: Deadline
    ) -> None:
        self.row = row
        self.caller = Caller(connection, deadline)
        self.limit = row.credits + credits
        described = fields.known(connection, row.module)
        unique = fields.reference_is_unique(described)
        self.reference_field = connection.reference_field if unique else ""

    def run(self) -> None:
        """Go on until both sides are compared, or credits or time are used up, or Zoho fails."""
        self.row.error = ""
        try:
            while not self.row.leads_done and self.may_ask(queries=2):
                self.compare_leads()
            while self.row.leads_done and not self.row.ended_at and self.may_ask(queries=1):
                self.compare_records()
        except CallFailed as failure:
            self.row.error = failure.outcome.text[:500]
            self.row.save()

    def may_ask(self, queries: int) -> bool:
        """Whether credits and time are left."""
        enough = self.row.credits + queries <= self.limit
        return enough and self.caller.deadline.allows(QUERY_SECONDS)

    def compare_leads(self) -> None:
        """The next 50 delivered leads: is each in Zoho, by its reference or by its record's id?"""
        leads = list(
            Lead.objects.filter(
                destination_id=self.row.destination_id,
                site__module=self.row.module,
                status=Lead.Status.DELIVERED,
                settled_at__gte=self.row.since,
                settled_at__lt=self.row.started_at,
                pk__gt=self.row.last_lead,
            )
            .only("pk", "reference", "zoho_id")
            .order_by("pk")[: coql.MOST_VALUES]
        )
        missing = self.not_in_zoho(leads) if leads else []
        converted = self.converted([one.zoho_id for one in missing])
        self.row.leads += len(leads)
        self.row.leads_done = len(leads) < coql.MOST_VALUES
        self.row.last_lead = leads[-1].pk if leads else self.row.last_lead
        if converted is None:
            missing, converted = [], set()
        self.keep(
            Finding(
                kind=Kind.CONVERTED if one.zoho_id in converted else Kind.MISSING,
                lead=one,
                record_id=one.zoho_id,
            )
            for one in missing
        )

    def not_in_zoho(self, leads: list[Lead]) -> list[Lead]:
        """Those of the leads that neither their reference nor their record's id finds.

        A lead that updated an older record left its reference out: only the id finds that one.
        """
        if self.reference_field:
            found = self.found(self.reference_field, [str(lead.reference) for lead in leads])
            leads = [lead for lead in leads if str(lead.reference) not in found]
        found = self.found("id", sorted({lead.zoho_id for lead in leads}))
        return [lead for lead in leads if lead.zoho_id not in found]

    def converted(self, ids: list[str]) -> set[str] | None:
        """Which of the records became contacts: they are in Zoho, and no list of leads has them.

        Where Zoho refuses to say, None: none of them may be called missing, and the error tells
        it. Raises CallFailed where it may well say so later.
        """
        if not ids or self.row.module != CONVERTS:
            return set()
        what = converted_question(self.row.module)
        rest = rests.resting(self.caller.connection, what, database_now())
        if rest is not None and rest.refused:
            self.row.error = f"{UNKNOWN} {rest.text}"[:500]
            return None
        self.row.credits += 1
        try:
            return Reader(self.caller, self.row.module, over=True).converted(ids)
        except CallFailed as failure:
            if rests.is_passing(failure.outcome):
                raise
            self.row.error = f"{UNKNOWN} {failure.outcome.text}"[:500]
            return None

    def found(self, field: str, values: list[str]) -> set[str]:
        """Which of at most 50 values Zoho holds in a field."""
        if not values:
            return set()
        page = self.ask(["id", field], coql.one_of(field, values))
        return {str(row.get(field, "")) for row in page.rows}

    def compare_records(self) -> None:
        """The next 200 records that carry a reference: which lead is each of?"""
        if not self.reference_field:
            self.row.ended_at = database_now()
            self.row.save()
            return
        where = coql.both(
            f"{self.reference_field} is not null",
            f"Created_Time >= {coql.literal(_in_zoho(self.row.since))}",
            f"id > {coql.literal(self.row.last_record)}",
        )
        page = self.ask(["id", self.reference_field], where, "order by id asc")
        rows = [row for row in page.rows if row.get("id") and row.get(self.reference_field)]
        self.row.records += len(rows)
        if rows:
            self.row.last_record = str(rows[-1]["id"])[:40]
        if not page.more or not rows:
            self.row.ended_at = database_now()
        self.keep(self.strangers(rows))

    def strangers(self, rows: list[coql.Row]) -> Iterator[Finding]:
        """Records of no lead, and of leads that are not delivered here."""
        references = {str(row["id"])[:40]: row[self.reference_field] for row in rows}
        wanted = {number for text in references.values() if (number := _uuid(text))}
        leads = Lead.objects.filter(reference__in=wanted).only("pk", "reference", "status")
        known = {lead.reference: lead for lead in leads}
        for record_id, text in references.items():
            lead = known.get(_uuid(text) or uuid.UUID(int=0))
            if lead is None:
                yield Finding(kind=Kind.UNKNOWN, record_id=record_id)
            elif lead.status in NOT_HERE:
                yield Finding(kind=Kind.UNSETTLED, lead=lead, record_id=record_id)

    def ask(self, names: list[str], where: str, tail: str = "") -> coql.QueryRows:
        """One query, paid with one credit whatever it says."""
        self.row.credits += 1
        spend(self.caller.connection, over=True)
        return coql.select(self.caller, dict.fromkeys(names), self.row.module, where, tail)

    @transaction.atomic
    def keep(self, findings: Iterable[Finding]) -> None:
        """Write down the findings together with how far the comparison came."""
        rows = list(findings)
        for finding in rows:
            finding.reconciliation = self.row
        Finding.objects.bulk_create(rows)
        self.row.save()


def _uuid(text: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _in_zoho(moment: datetime) -> str:
    """A moment as COQL reads it: with an offset, without fractions."""
    return timezone.localtime(moment).replace(microsecond=0).isoformat()
