"""One batch on its way to Zoho: token, metadata, insert, and what single records need after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.clock import Deadline, database_now
from leads.delivery.gateway import ANSWERS, Batch, Outcome, Verdict
from leads.models import ApiCall, Lead
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import options
from zoho.api.answers import as_single, each_its_own, read_answer
from zoho.api.caller import Caller
from zoho.api.client import ZohoAnswer
from zoho.api.tokens import CallFailed
from zoho.delivery.before_insert import BeforeInsert
from zoho.delivery.prepared import MAY_BE_THERE, NOT_IN_LAYOUT, Going, Prepared
from zoho.delivery.reading import NOT_VERIFIED, Reading, ask_again
from zoho.fit import fields
from zoho.fit.metadata import Field
from zoho.mapping.plans import plans_for
from zoho.mapping.record import Plan, to_record
from zoho.models import Connection

NO_CONNECTION = Sentence(_("The destination has no Zoho connection."))()
NO_LEAD_FITS = Sentence(_("no lead of the batch fits Zoho's fields."))()
ALL_THERE = Sentence(_("Zoho holds the records already."))()
NOT_SENT = Sentence(_("Not sent: %(what)s"))
NOT_BEGUN = Sentence(_("Not begun: %(what)s"))
CALL_IS_VOID = Sentence(_("The call before it failed, or the worker stops."))()
NO_TIME = Sentence(_("The insert would not have had its whole time."))()


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

    def run(self) -> list[Outcome]:
        """One outcome a lead. Nothing that Zoho or the network does is raised."""
        try:
            self.check_options()
            connection = self.connect()
            self.caller = Caller(connection, self.deadline, self.batch.token)
            self.reading = Reading(self.batch, self.caller, self.whole)
            self.row = self.reading.run()
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
        text = NO_CONNECTION
        raise CallFailed(Outcome(Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED, text=text))

    def all(self, outcome: Outcome) -> list[Outcome]:
        """The same outcome for every lead: nothing was sent, or nothing is known of it."""
        self.batch.call.error = self.batch.call.error or outcome.text[:500]
        if not outcome.sent:
            self.batch.call.leads = 0
        return [outcome] * len(self.batch.leads)

    def deliver(self) -> list[Outcome]:
        """Fit the leads, send those that can be sent, and judge each by itself."""
        self.plans = plans_for([lead.site for lead in self.batch.leads], self.row)
        made = [self.record(lead, self.plans[lead.site_id]) for lead in self.batch.leads]
        going = [(lead, one) for lead, one in zip(self.batch.leads, made, strict=True) if one.fits]
        with self.batch.in_flight as call:
            if call.is_void:
                return self.put_off(len(made), CALL_IS_VOID)
            self.give_time()
            # On record is when the call began, not when its leads were chosen.
            waited = self.whole.clock.monotonic() - self.began
            self.batch.call.started_at += timedelta(seconds=waited)
            outcomes = self.exchange(made, going)
            sent = [outcome.verdict for outcome in outcomes if outcome.sent]
            # Nobody answered: the batch that was prepared meanwhile would fare no better.
            if sent and not set(sent) & set(ANSWERS):
                call.fail()
            state = self.batch.destination
            if (state.paused_at or state.faults) and set(sent) & set(ANSWERS):
                ask_again(self.caller.connection)
        if self.row is not None:
            fields.learn(self.row, outcomes, database_now())
        described = fields.described(self.row) or {}
        return [
            self.after_the_lesson(lead, outcome, described.get(outcome.field))
            for lead, outcome in zip(self.batch.leads, outcomes, strict=True)
        ]

    def exchange(self, made: list[Prepared], going: Going) -> list[Outcome]:
        """Every call for the batch; one outcome a lead."""
        before = BeforeInsert(self.batch, self.caller, self.row, self.reference_field)
        try:
            settled = before.settle(going, look=self.reading.is_refused)
        except CallFailed as failure:
            return self.all(failure.outcome)
        fresh = [(lead, one) for lead, one in going if lead.pk not in settled]
        # Outcomes go back to the place of their lead: refused here, settled without an insert,
        # or judged by the insert, whose answers come in the order of `fresh`.
        judged = iter(self.insert(fresh, before) if fresh else self.close_empty(settled))
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
            return Prepared(fitted, self.reading.unverified if lead.maybe_landed else None)
        self.batch.not_resent.add(lead.pk)
        if not lead.maybe_landed:
            return Prepared(fitted)
        # The field was there when the lead was sent and is gone now: a person must look.
        why = NOT_IN_LAYOUT if self.reference_field else MAY_BE_THERE
        return Prepared(replace(fitted, failure=why))

    def insert(self, going: Going, before: BeforeInsert) -> list[Outcome]:
        """Send the records in one call; one outcome a record, whatever Zoho or the network does."""
        if not self.whole.allows(settings.SEND_TIMEOUT):
            return self.put_off(len(going), NO_TIME)
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
        return [
            replace(
                before.existing.settle(lead, outcome, made.fitted),
                record=made.fitted.record,
                repairs=made.fitted.repairs,
            )
            for (lead, made), outcome in zip(going, self.judged(answer, going), strict=True)
        ]

    def judged(self, answer: ZohoAnswer, going: Going) -> list[Outcome]:
        """What the answer to an insert says of each record."""
        set_on = [made.fitted.from_options for _lead, made in going]
        outcomes = read_answer(
            answer.status, answer.body, len(going), self.reference_field, set_on, self.module
        )
        return [as_single(one) for one in outcomes] if len(going) == 1 else each_its_own(outcomes)

    def put_off(self, number: int, why: str) -> list[Outcome]:
        """An insert that begins late may be cut off and leave its outcome unknown: it waits."""
        outcome = Outcome(Verdict.NOT_BEGUN, text=NOT_BEGUN(what=why), sent=False)
        return self.all(outcome)[:number]

    def close_empty(self, settled: dict[int, Outcome]) -> list[Outcome]:
        """Close the call that was on record in vain: no lead of the batch could be inserted."""
        if self.batch.call.kind == ApiCall.Kind.INSERT:
            self.batch.call.leads = 0
            why = ALL_THERE if settled else NO_LEAD_FITS
            why = NOT_VERIFIED if self.reading.unverified else why
            self.batch.call.error = NOT_SENT(what=why)[:500]
        return []

    def after_the_lesson(self, lead: Lead, outcome: Outcome, field: Field | None) -> Outcome:
        """A refusal from which a limit or a closed list was learned: the lead fits next time."""
        if not outcome.sent or not fields.can_be_mended(lead, outcome, field):
            return outcome
        return replace(outcome, verdict=Verdict.REFUSED_FOR_NOW)
