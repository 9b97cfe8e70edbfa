"""One pass over the delivered leads of a destination: what Zoho shows of each, and of its deal.

A hundred leads cost one credit, and a hundred deals another. Nothing that Zoho answers to it
touches delivery: a question that is refused rests, and what the other one said is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.clock import Deadline, database_now
from leads.counters.sales.record import Deal, Sighting, record
from leads.models import ApiCall, CrmRecord, Lead
from zoho.api import rests
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit.metadata import Record
from zoho.models import Connection
from zoho.proof.budget import credits_left, spend
from zoho.proof.prove import is_in_the_way
from zoho.proof.read import CONVERTS, MOST_IDS, Reader, Refused, deleted_question
from zoho.sales import answers

DEALS = "Deals"
PART = 0.75
"""The part of a day's credits after which nothing of it is asked: reading back has the rest."""
CALL_SECONDS = 10.0
"""Time for the calls about one batch."""
NIGHT = 4
"""The hour from which on the pass of a day is due, in the installation's time zone."""
MONTH = timedelta(days=30.5)
State = CrmRecord.State


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether tonight's pass was not made yet, or not to its end."""
    if not connection.reads_sales or not connection.is_set_up:
        return False
    local = timezone.localtime(now)
    night = local.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    night -= timedelta(days=local < night)
    return connection.sales_read_at is None or connection.sales_read_at < night


def due(now: datetime) -> list[Connection]:
    """The connections whose pass is due."""
    rows = Connection.objects.filter(reads_sales=True).select_related("destination")
    return [connection for connection in rows.order_by("pk") if is_due(connection, now)]


class Sweep:
    """A pass, or a part of it: it goes on where the last one stopped."""

    def __init__(self, connection: Connection, deadline: Deadline) -> None:
        self.connection = connection
        self.deadline = deadline
        self.caller = Caller(connection, deadline)
        self.leads = 0
        self.credits_at_hand = True
        self.asked_currency = bool(connection.currency)

    def run(self) -> bool:
        """Go on until the end, or until credits or time are used up, leads are due or Zoho does
        not answer; whether it is over.
        """
        while self.may_ask():
            batch = self.following()
            if not batch:
                self.keep_place(None)
                return True
            try:
                self.look_at(batch)
            except CallFailed:
                return False
            self.keep_place(batch[-1])
        return False

    def may_ask(self) -> bool:
        """Whether there are credits and time, and nobody is in the way."""
        now = database_now()
        self.credits_at_hand = credits_left(self.connection, PART) > 0
        rest = rests.resting(self.connection, rests.SALES, now)
        free = self.credits_at_hand and rest is None and self.deadline.allows(CALL_SECONDS)
        return free and not is_in_the_way(self.connection, now)

    def following(self) -> list[Lead]:
        """The next hundred leads, by when they were delivered."""
        since = database_now() - MONTH * self.connection.sales_months
        leads, place = delivered(self.connection), self.connection.sales_from
        if place is None or place < since:
            leads = leads.filter(settled_at__gte=since)
        else:
            beyond = Q(settled_at__gt=place) | Q(pk__gt=self.connection.sales_lead)
            leads = leads.filter(beyond, settled_at__gte=place)
        return list(
            leads.only("pk", "zoho_id", "settled_at").order_by("settled_at", "pk")[:MOST_IDS]
        )

    def keep_place(self, last: Lead | None) -> None:
        """Note how far the pass has come; None is its end."""
        connection = self.connection
        connection.sales_from = last.settled_at if last else None
        connection.sales_lead = last.pk if last else 0
        connection.sales_read_at = connection.sales_read_at if last else database_now()
        connection.save(update_fields=["sales_from", "sales_lead", "sales_read_at"])

    # --- One batch --------------------------------------------------------------------------------

    def look_at(self, leads: Sequence[Lead]) -> None:
        """Read what Zoho shows of these leads and keep it. Raises CallFailed."""
        self.caller.deadline = self.deadline.within(CALL_SECONDS)
        shown = self.records([*dict.fromkeys(lead.zoho_id for lead in leads)])
        known = CrmRecord.objects.filter(lead__in=[lead.pk for lead in leads])
        rows = {row.lead_id: row for row in known}
        hidden = Sighting(State.HIDDEN.value)
        seen = {lead.pk: shown.get(lead.zoho_id, hidden) for lead in leads}
        for pk, one in seen.items():
            if one is hidden and pk in rows:
                seen[pk] = replace(one, deal_id=rows[pk].deal_id)
        deals = self.deals(seen.values(), rows.values())
        kept = {pk: replace(one, deal=deals.get(one.deal_id)) for pk, one in seen.items()}
        self.leads += record(kept, database_now())

    def records(self, ids: Sequence[str]) -> dict[str, Sighting]:
        """What Zoho shows of the leads' records, converted or not. Raises CallFailed."""
        reader = Reader(self.caller, CONVERTS)
        rows = self.ask(reader, rests.SALES, ids, answers.OF_LEADS, converted="both")
        found = {str(row["id"]): row for row in rows if str(row["id"]) in {*ids}}
        said = {one: answers.is_converted(row) for one, row in found.items()}
        silent = [one for one, converted in said.items() if converted is None]
        if silent:
            named = reader.ask(silent, ["id"], rests.SALES, converted="true")
            converts = {str(row.get("id")) for row in named}
            said |= {one: one in converts for one in silent}
        return {one: answers.sighting(row, bool(said[one])) for one, row in found.items()}

    def ask(
        self, reader: Reader, what: str, ids: Sequence[str], names: Sequence[str], **more: str
    ) -> list[Record]:
        """One question; once more without the fields that an organisation may lack, where Zoho
        refuses them. Raises CallFailed.
        """
        try:
            return reader.ask(ids, names, what, **more)
        except Refused as refused:
            if refused.outcome.status != 400:
                raise
            return reader.ask(ids, names[:2], what, **more)

    def deals(self, seen: Iterable[Sighting], known: Iterable[CrmRecord]) -> dict[str, Deal]:
        """What Zoho shows of their deals, by id; nothing of those that it says nothing about."""
        ids = [*dict.fromkeys(one.deal_id for one in seen if one.deal_id)]
        if not ids or rests.resting(self.connection, rests.DEALS, database_now()):
            return {}
        reader = Reader(self.caller, DEALS)
        try:
            rows = self.ask(reader, rests.DEALS, ids, answers.OF_DEALS)
        except CallFailed:
            return {}
        shown = {str(row["id"]): row for row in rows if str(row["id"]) in {*ids}}
        usual = self.currency(shown.values())
        found = {one: answers.deal(row, self.connection.won, usual) for one, row in shown.items()}
        won = {row.deal_id for row in known if row.won} - shown.keys()
        return found | dict.fromkeys(self.deleted(reader, [*won]), Deal(deal_is_gone=True))

    def deleted(self, reader: Reader, ids: Sequence[str]) -> set[str]:
        """Which of these deals, that were won and are no longer shown, were deleted: one that is
        only hidden from us is still won.
        """
        what = deleted_question(DEALS)
        if not ids or rests.resting(self.connection, what, database_now()):
            return set()
        try:
            return reader.deleted(ids)
        except CallFailed:
            return set()

    def currency(self, deals: Iterable[Mapping[str, object]]) -> str:
        """The organisation's currency, asked once, where deals name none."""
        connection, now = self.connection, database_now()
        if self.asked_currency or all(deal.get(answers.CURRENCY) for deal in deals):
            return connection.currency
        self.asked_currency = True
        if rests.resting(connection, rests.ORGANISATION, now):
            return ""
        try:
            spend(connection)
            answer = self.caller.ask(ApiCall.Kind.METADATA, "GET", "/crm/v8/org")
            content = answer.json()
            rows = content.get("org") if isinstance(content, dict) else None
            if answer.status != 200 or not isinstance(rows, list):
                raise CallFailed(read_other(answer.status, answer.body))
        except CallFailed as failure:
            rests.failed(connection, rests.ORGANISATION, failure.outcome, now)
            return ""
        named = (row.get("iso_code") for row in rows if isinstance(row, dict))
        connection.currency = next(filter(None, map(answers.code, named)), "")
        connection.save(update_fields=["currency"])
        return connection.currency


def delivered(connection: Connection) -> QuerySet[Lead]:
    """The leads that are followed: delivered into the module whose records are converted."""
    return (
        Lead.objects.counted()
        .filter(
            destination_id=connection.destination_id,
            status=Lead.Status.DELIVERED,
            site__module=CONVERTS,
            erased_at=None,
        )
        .exclude(zoho_id="")
    )
