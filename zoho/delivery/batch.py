"""One batch on its way to Zoho: token, metadata, insert, and what single records need after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min

from leads.clock import Deadline, database_now
from leads.delivery.gateway import ANSWERS, Batch, Outcome, Verdict
from leads.models import ApiCall, ApiLog, Lead
from leads.reasons import Reason
from zoho.api import options, rests
from zoho.api.answers import as_single, read_answer
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.delivery import duplicates
from zoho.delivery.duplicates import Existing
from zoho.fit import fields
from zoho.fit.description import Failure
from zoho.fit.metadata import Field
from zoho.mapping.plans import plans_for
from zoho.mapping.record import Fitted, Plan, to_record
from zoho.models import Connection, ModuleFields, Rest

ASK_SHARE = 0.25
"""The part of a call's time for the question whether records exist; the insert needs the rest."""
METADATA_SECONDS = 10.0
"""Time for a reading that may fail, because what is known will do."""
READING_SERVES = timedelta(minutes=10)
"""How long one reading serves the tries that go without an answer, one after the other."""
MAY_BE_THERE = Failure(
    Reason.OUTCOME_UNKNOWN,
    field="",
    text="An earlier try may have arrived, and the reference field is no longer verified.",
)
NOT_IN_LAYOUT = Failure(
    Reason.OUTCOME_UNKNOWN,
    field="",
    text="An earlier try may have arrived, and the layout of the record lacks the reference field.",
)
NOT_VERIFIED = (
    "An earlier try may have arrived, and Zoho does not say whether the reference field is still "
    "there: the lead waits until it does."
)
NO_LEAD_FITS = "no lead of the batch fits Zoho's fields."
NOT_DESCRIBED = "Zoho does not say which fields there are: the lead waits until it does."


class Delivery:
    """One batch on its way: token, metadata, insert, and what single records need after it."""

    def __init__(self, batch: Batch, deadline: Deadline) -> None:
        self.batch = batch
        self.whole = deadline
        self.began = deadline.clock.monotonic()
        self.deadline = deadline.within(settings.SEND_TIMEOUT)
        self.site = batch.leads[0].site
        self.module = self.site.module
        self.reference_field = ""
        """The API name of our unique field; empty where none is verified."""
        self.plans: dict[int, Plan] = {}
        self.unverified: Outcome | None = None
        """What leads that may have landed come to while that was not looked at again."""

    def run(self) -> list[Outcome]:
        """One outcome a lead. Nothing that Zoho or the network does is raised."""
        try:
            self.check_options()
            connection = self.connect()
            self.caller = Caller(connection, self.deadline, self.batch.token)
            self.row = self.read_fields_when_due(connection)
        except CallFailed as failure:
            return self.all(failure.outcome)
        if fields.reference_is_unique(self.row):
            self.reference_field = connection.reference_field
        self.batch.resend_is_safe = bool(self.reference_field)
        return self.deliver()

    def check_options(self) -> None:
        """Raises CallFailed where the site's request options cannot be sent."""
        if faults := options.faults(self.site.options):
            text = " ".join(faults)[:500]
            raise CallFailed(Outcome(Verdict.SITE_FAULT, Reason.WRONG_OPTION, text=text))

    def connect(self) -> Connection:
        """The destination's connection. Raises CallFailed where there is none to use."""
        connections = Connection.objects.select_related("destination")
        if found := connections.filter(destination=self.batch.destination).first():
            return found
        text = "The destination has no Zoho connection."
        raise CallFailed(Outcome(Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED, text=text))

    def all(self, outcome: Outcome) -> list[Outcome]:
        """The same outcome for every lead: nothing was sent, or nothing is known of it."""
        self.batch.call.error = self.batch.call.error or outcome.text[:500]
        if not outcome.sent:
            self.batch.call.leads = 0
        return [outcome] * len(self.batch.leads)

    def read_fields_when_due(self, connection: Connection) -> ModuleFields | None:
        """What is known of the module, read anew where it is old or a lead may have landed.

        No answer to that stops the batch, a refused token excepted; None where nothing is known.
        Raises CallFailed where Zoho says nothing at all and nothing is known.
        """
        row, now = fields.known(connection, self.module), database_now()
        sites = {lead.site_id: lead.site for lead in self.batch.leads}.values()
        what = rests.name(rests.FIELDS, self.module)
        if row is not None and not fields.is_due(row, now, sites, self.not_before(now)):
            return row
        rest = rests.resting(connection, what, now)
        # How often a destination that rests is called says the breaker: its probe may ask.
        if rest and (rest.refused or self.batch.destination.paused_at is None):
            return self.without_reading(row, rest, until_asked(row, rest, now))
        try:
            return self.read_fields(row)
        except CallFailed as failure:
            outcome = failure.outcome
            answered = isinstance(failure, fields.Undescribed)
            if not answered and (row is None or outcome.verdict is not Verdict.NOT_SENT):
                raise
            if row is None and outcome.reason == Reason.WRONG_MODULE:
                raise
            rest = rests.failed(connection, what, outcome, now)
            return self.without_reading(row, rest, self.after_asking(row, rest, now))

    def read_fields(self, row: ModuleFields | None) -> ModuleFields:
        """Ask Zoho. A turn of its own: it sees one call of this worker at a time."""
        with self.batch.in_flight:
            self.give_time()
            if row is not None:
                self.caller.deadline = self.whole.within(METADATA_SECONDS)
            return fields.read(self.caller, self.module)

    def after_asking(self, row: ModuleFields | None, rest: Rest, now: datetime) -> Outcome:
        """What leads come to that wait for a reading that just failed.

        Where nothing can be sent without it, or a probe came to nothing else, it speaks of the
        destination as an insert does.
        """
        if row is not None and self.batch.destination.paused_at is None:
            return until_asked(row, rest, now)
        return Outcome(Verdict.NOT_SENT, Reason.NO_ANSWER, text=rest.text)

    def not_before(self, now: datetime) -> datetime | None:
        """When the metadata must have been read for a lead that may have landed; else None.

        Such a lead has waited longer than that since it was sent: a reading of before its lost
        answer does not count. While nothing is answered, one serves several tries.
        """
        landed = [lead.pk for lead in self.batch.leads if lead.maybe_landed]
        if not landed:
            return None
        since = now - timedelta(seconds=settings.UNKNOWN_WAIT)
        began = self.batch.destination.paused_at or first_tried(landed)
        return min(since, max(began, now - READING_SERVES)) if began else since

    def without_reading(
        self, row: ModuleFields | None, rest: Rest, waiting: Outcome
    ) -> ModuleFields | None:
        """What is known has to do; leads that may have landed wait until it is read anew.

        Where nothing is known leads wait for minutes, but not for what the token may not read. It
        will never be: there the last reading is believed also of those that may have landed.
        """
        if row is None and not rest.refused:
            raise CallFailed(waiting)
        if not rest.scope:
            self.unverified = waiting
        return row

    def deliver(self) -> list[Outcome]:
        """Fit the leads, send those that can be sent, and judge each by itself."""
        self.plans = plans_for([lead.site for lead in self.batch.leads], self.row)
        made = [self.record(lead, self.plans[lead.site_id]) for lead in self.batch.leads]
        going = [(lead, one) for lead, one in zip(self.batch.leads, made, strict=True) if one.fits]
        with self.batch.in_flight as call:
            if call.is_void:
                return self.put_off(len(made), "The call before it failed, or the worker stops.")
            self.give_time()
            # On record is when the call began, not when its leads were chosen.
            waited = self.whole.clock.monotonic() - self.began
            self.batch.call.started_at += timedelta(seconds=waited)
            outcomes = self.exchange(made, going)
            sent = [outcome.verdict for outcome in outcomes if outcome.sent]
            # Nobody answered: the batch that was prepared meanwhile would fare no better.
            if sent and not set(sent) & set(ANSWERS):
                call.fail()
            if self.batch.destination.paused_at and set(sent) & set(ANSWERS):
                rests.outage_is_over(self.caller.connection)
        if self.row is not None:
            fields.learn(self.row, outcomes, database_now())
        described = fields.described(self.row) or {}
        return [
            self.after_the_lesson(lead, outcome, described.get(outcome.field))
            for lead, outcome in zip(self.batch.leads, outcomes, strict=True)
        ]

    def exchange(self, made: list[Prepared], going: list[tuple[Lead, Prepared]]) -> list[Outcome]:
        """Every call for the batch; one outcome a lead."""
        try:
            settled = self.settle_first(going)
        except CallFailed as failure:
            return self.all(failure.outcome)
        fresh = [(lead, one) for lead, one in going if lead.pk not in settled]
        # Outcomes go back to the place of their lead: refused here, settled without an insert,
        # or judged by the insert, whose answers come in the order of `fresh`.
        judged = iter(self.insert(fresh) if fresh else self.close_empty(settled))
        return [
            one.refusal() if not one.fits else settled.get(lead.pk) or next(judged)
            for lead, one in zip(self.batch.leads, made, strict=True)
        ]

    def give_time(self) -> None:
        """Let the calls that begin now have the time of a call."""
        self.deadline = self.caller.deadline = self.whole.within(settings.SEND_TIMEOUT)

    def record(self, lead: Lead, plan: Plan) -> Prepared:
        """The lead's record with its reference."""
        fitted = to_record(lead.current_data(), plan)
        fitted.record.update(dict.fromkeys(fitted.reserved, str(lead.reference)))
        if fitted.reserved and fitted.layout_known:
            return Prepared(fitted, self.unverified if lead.maybe_landed else None)
        self.batch.not_resent.add(lead.pk)
        if not lead.maybe_landed:
            return Prepared(fitted)
        # The field was there when the lead was sent and is gone now: a person must look.
        why = NOT_IN_LAYOUT if self.reference_field else MAY_BE_THERE
        return Prepared(replace(fitted, failure=why))

    def settle_first(self, going: list[tuple[Lead, Prepared]]) -> dict[int, Outcome]:
        """The outcomes of leads that are not inserted because their record exists, by lead id.

        Raises CallFailed when Zoho does not say whether there is one. Then all wait: a record too
        many cannot be taken back, and a lead that waits is seen.
        """
        existing, outcomes = self.existing(), {}
        repeated = self.repeated(going)
        for lead, made in going:
            record = made.fitted.record
            if lead.update_existing:  # a person's choice; such a lead travels alone
                outcome = existing.update(lead.in_the_way, record, self.batch.call)
            elif lead.pk in repeated:
                outcome = existing.repeated(lead, repeated[lead.pk], record)
            else:
                continue
            outcomes[lead.pk] = replace(outcome, record=record, repairs=made.fitted.repairs)
        return outcomes

    def repeated(self, going: list[tuple[Lead, Prepared]]) -> dict[int, str]:
        """The records that Zoho holds under the leads' addresses, by lead id. Raises CallFailed."""
        asked = duplicates.must_ask([lead for lead, _made in going if not lead.update_existing])
        if not asked or (self.row and duplicates.EMAIL not in self.row.fields):
            return {}
        addresses = {
            lead.pk: duplicates.normal(made.fitted.record.get(duplicates.EMAIL))
            for lead, made in going
            if lead.pk in asked
        }
        caller = Caller(
            self.caller.connection,
            self.deadline.within(settings.SEND_TIMEOUT * ASK_SHARE),
            self.batch.token,
        )
        found = duplicates.find(caller, self.module, addresses.values())
        return {
            pk: duplicates.row_id(found[address])
            for pk, address in addresses.items()
            if address in found
        }

    def existing(self) -> Existing:
        """What records that exist need."""
        return Existing(self.caller, self.batch, self.reference_field)

    def insert(self, going: list[tuple[Lead, Prepared]]) -> list[Outcome]:
        """Send the records in one call; one outcome a record, whatever Zoho or the network does."""
        if not self.whole.allows(settings.SEND_TIMEOUT):
            return self.put_off(len(going), "The insert would not have had its whole time.")
        self.caller.deadline = self.whole.within(settings.SEND_TIMEOUT)
        records = [made.fitted.record for _lead, made in going]
        body = {"data": records, **options.split(self.site.options).top}
        self.batch.call.leads = len(records)
        try:
            answer = self.caller.call(self.batch.call, "POST", f"/crm/v8/{self.module}", json=body)
        except CallFailed as failure:
            self.batch.call = self.caller.latest or self.batch.call
            return self.all(failure.outcome)[: len(going)]
        self.batch.call = self.caller.latest or self.batch.call
        self.batch.credits_left = answer.credits_left
        outcomes = [
            as_single(outcome) if len(records) == 1 else outcome
            for outcome in read_answer(
                answer.status,
                answer.body,
                len(records),
                self.reference_field,
                [options.set_on(lead.site.options, made.fitted.record) for lead, made in going],
            )
        ]
        existing = self.existing()
        return [
            replace(
                existing.settle(lead, outcome, made.fitted.record),
                record=made.fitted.record,
                repairs=made.fitted.repairs,
            )
            for (lead, made), outcome in zip(going, outcomes, strict=True)
        ]

    def put_off(self, number: int, why: str) -> list[Outcome]:
        """An insert that begins late may be cut off and leave its outcome unknown: it waits."""
        outcome = Outcome(Verdict.NOT_BEGUN, text=f"Not begun: {why}", sent=False)
        return self.all(outcome)[:number]

    def close_empty(self, settled: dict[int, Outcome]) -> list[Outcome]:
        """Close the call that was on record in vain: no lead of the batch could be inserted."""
        if self.batch.call.kind == ApiCall.Kind.INSERT:
            self.batch.call.leads = 0
            why = "Zoho holds the records already." if settled else NO_LEAD_FITS
            self.batch.call.error = f"Not sent: {NOT_VERIFIED if self.unverified else why}"[:500]
        return []

    def after_the_lesson(self, lead: Lead, outcome: Outcome, field: Field | None) -> Outcome:
        """A refusal from which a limit or a closed list was learned: the lead fits next time."""
        if not outcome.sent or not fields.can_be_mended(lead, outcome, field):
            return outcome
        return replace(outcome, verdict=Verdict.REFUSED_FOR_NOW)


@dataclass(frozen=True)
class Prepared:
    """What fitting made of one lead."""

    fitted: Fitted
    waiting: Outcome | None = None
    """What it comes to while it is not known if it may be sent again."""

    @property
    def fits(self) -> bool:
        """Whether the record can be sent."""
        return self.fitted.failure is None and self.waiting is None

    def refusal(self) -> Outcome:
        """The outcome of a record that stays here, without a wasted call."""
        failure = self.fitted.failure
        if self.waiting is not None and failure is None:
            return replace(self.waiting, record=self.fitted.record, repairs=self.fitted.repairs)
        assert failure is not None  # noqa: S101 - for the type checker
        return Outcome(
            Verdict.REFUSED,
            failure.reason,
            field=failure.field[:100],
            text=failure.text[:500],
            record=self.fitted.record,
            repairs=self.fitted.repairs,
            sent=False,
        )


def until_asked(row: ModuleFields | None, rest: Rest, now: datetime) -> Outcome:
    """What leads come to for which a question is not asked now: it is no try, and no log row."""
    return Outcome(
        Verdict.NOT_BEGUN,
        Reason.NO_ANSWER,
        text=NOT_VERIFIED if row else NOT_DESCRIBED,
        wait=max(0.0, (rest.until - now).total_seconds()),
        sent=False,
    )


def first_tried(leads: list[int]) -> datetime | None:
    """Since when each of the leads was tried; None where one's first try is not on record."""
    logs = ApiLog.objects.filter(lead__in=leads).order_by().values("lead")
    firsts = [row["first"] for row in logs.annotate(first=Min("created_at"))]
    return max(firsts) if len(firsts) == len(leads) else None
