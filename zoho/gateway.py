"""The gateway that `leads` sees: a batch of leads in, one outcome a lead out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Batch, Outcome, Preview, Verdict
from leads.models import ApiCall, Lead
from leads.reasons import Reason
from zoho import client, fields, options, rehearsal
from zoho.answers import read_answer
from zoho.caller import Caller
from zoho.metadata import Field
from zoho.models import Connection
from zoho.notes import Failure
from zoho.plans import plans_for
from zoho.repair import Fitted, Plan, to_record
from zoho.secrets import Undecryptable
from zoho.tokens import CallFailed

Record = dict[str, Any]

FOLLOW_UP_SECONDS = 3
"""What a second look at one record needs; without the time the lead is looked at again later."""


MAY_BE_THERE = Failure(
    Reason.OUTCOME_UNKNOWN,
    field="",
    text="An earlier try may have arrived, and the reference field is no longer verified.",
)


class ZohoGateway:
    """Zoho CRM, as `settings.LEADS_GATEWAY` names it."""

    def deliver(self, batch: Batch, deadline: Deadline) -> list[Outcome]:
        """Insert the batch in one call; one outcome a lead, in the order of `batch.leads`."""
        return Delivery(batch, deadline).run()

    def preview(self, lead: Lead) -> Preview:
        """The record that would be sent for this lead today."""
        return rehearsal.preview(lead.site, lead)

    def record_url(self, lead: Lead) -> str:
        """The lead's record in Zoho; empty while there is none."""
        connections = Connection.objects.without_secrets()
        connection = connections.filter(destination=lead.destination_id).first()
        if not lead.zoho_id or connection is None:
            return ""
        accounts = urlsplit(connection.accounts_url)
        host = (accounts.hostname or "").removeprefix("accounts.")
        if host == accounts.hostname:  # the sandbox: accounts, API and pages at one address
            return f"{connection.accounts_url}/records/{lead.site.module}/{lead.zoho_id}"
        return f"https://crm.{host}/crm/tab/{lead.site.module}/{lead.zoho_id}"


class Delivery:
    """One batch on its way: token, metadata, insert, and what single records need after it."""

    def __init__(self, batch: Batch, deadline: Deadline) -> None:
        self.batch = batch
        self.deadline = deadline
        self.site = batch.leads[0].site
        self.module = self.site.module
        self.reference_field = ""
        """The API name of our unique field; empty where none is verified."""

    def run(self) -> list[Outcome]:
        """One outcome a lead. Nothing that Zoho or the network does is raised."""
        try:
            self.check_options()
            connection = self.connect()
            self.caller = Caller(connection, self.deadline)
            self.row = self.read_fields_when_stale(connection)
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
        text = "The destination has no Zoho connection."
        connections = Connection.objects.select_related("destination")
        try:
            if found := connections.filter(destination=self.batch.destination).first():
                return found
        except Undecryptable as error:
            text = f"{error}."
        raise CallFailed(Outcome(Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED, text=text))

    def all(self, outcome: Outcome) -> list[Outcome]:
        """The same outcome for every lead: nothing was sent, or nothing is known of it."""
        self.batch.call.error = self.batch.call.error or outcome.text[:500]
        return [outcome] * len(self.batch.leads)

    def read_fields_when_stale(self, connection: Connection) -> fields.ModuleFields:
        """The module's metadata, read anew when it is old. Raises CallFailed where there is none.

        While Zoho cannot say, what was known stays good; no answer at all stops the batch.
        """
        row = fields.known(connection, self.module)
        if row is not None and not fields.is_stale(row, database_now()):
            return row
        try:
            return fields.read(self.caller, self.module)
        except fields.Undescribed:
            if row is None:
                raise
            return row

    def deliver(self) -> list[Outcome]:
        """Fit the leads, send those that can be sent, and judge each by itself."""
        plans = plans_for([lead.site for lead in self.batch.leads], self.row)
        made = [self.record(lead, plans[lead.site_id]) for lead in self.batch.leads]
        going = [(lead, one) for lead, one in zip(self.batch.leads, made, strict=True) if one.fits]
        judged = iter(self.insert(going) if going else self.close_empty())
        outcomes = [next(judged) if one.fits else one.refusal() for one in made]
        fields.learn(self.row, outcomes, database_now())
        described = self.row.described()
        return [
            self.after_the_lesson(lead, outcome, described.get(outcome.field))
            for lead, outcome in zip(self.batch.leads, outcomes, strict=True)
        ]

    def record(self, lead: Lead, plan: Plan) -> Made:
        """The lead's record with its reference."""
        fitted = to_record(lead.current_data(), plan)
        if self.reference_field:
            fitted.record[self.reference_field] = str(lead.reference)
        elif lead.maybe_landed:
            # The field was there when the lead was sent and is gone now: a person must look.
            return Made(replace(fitted, failure=MAY_BE_THERE))
        return Made(fitted)

    def insert(self, going: list[tuple[Lead, Made]]) -> list[Outcome]:
        """Send the records in one call; one outcome a record, whatever Zoho or the network does."""
        records = [made.fitted.record for _lead, made in going]
        body = {"data": records, **options.split(self.site.options).top}
        self.batch.call.leads = len(records)
        try:
            answer = self.caller.call(self.batch.call, "POST", f"/crm/v8/{self.module}", json=body)
        except CallFailed as failure:
            self.batch.call = self.caller.latest or self.batch.call
            return self.all(failure.outcome)[: len(going)]
        self.batch.call = self.caller.latest or self.batch.call
        outcomes = read_answer(answer.status, answer.body, len(records), self.reference_field)
        return [
            replace(
                self.look_again(lead, outcome, made.fitted.record),
                record=made.fitted.record,
                repairs=made.fitted.repairs,
            )
            for (lead, made), outcome in zip(going, outcomes, strict=True)
        ]

    def close_empty(self) -> list[Outcome]:
        """Close the call that was on record in vain: no lead of the batch could be sent."""
        self.batch.call.leads = 0
        self.batch.call.error = "Not sent: no lead of the batch fits Zoho's fields."
        return []

    def after_the_lesson(self, lead: Lead, outcome: Outcome, field: Field | None) -> Outcome:
        """A refusal from which a limit or a closed list was learned: the lead fits next time."""
        if not outcome.sent or not fields.can_be_mended(lead, outcome, field):
            return outcome
        return replace(outcome, verdict=Verdict.REFUSED_FOR_NOW)

    # --- What single records need after the insert --------------------------------------------

    def look_again(self, lead: Lead, outcome: Outcome, record: Record) -> Outcome:
        """Settle the cases that the insert's answer alone cannot.

        Our own reference was there, but perhaps with an older revision: that record is brought
        up to date first. Another unique field is in the way and an earlier outcome is unknown:
        the record in the way may be ours.
        """
        in_the_way = outcome.reason == Reason.DUPLICATE_RECORD and outcome.duplicate_id
        if in_the_way and lead.maybe_landed and self.reference_field:
            outcome = self.compare_reference(lead, outcome)
        if outcome.already_there and lead.landed_revision not in (None, lead.revision):
            return self.bring_up_to_date(outcome, record)
        return outcome

    def bring_up_to_date(self, outcome: Outcome, record: Record) -> Outcome:
        """PUT the newest revision over the one that had landed."""
        path = f"/crm/v8/{self.module}/{outcome.zoho_id}"
        try:
            answer = self.follow_up(ApiCall.Kind.UPDATE, "PUT", path, json={"data": [record]})
        except CallFailed as failure:
            return failure.outcome
        updated = read_answer(answer.status, answer.body, 1, "")[0]
        return updated if updated.verdict is not Verdict.STORED else outcome

    def compare_reference(self, lead: Lead, outcome: Outcome) -> Outcome:
        """Whether the record in the way carries our reference: then the lead had arrived.

        While Zoho cannot show the record, that stays open and the lead is looked at again.
        """
        path = f"/crm/v8/{self.module}/{outcome.duplicate_id}"
        try:
            answer = self.follow_up(ApiCall.Kind.READ, "GET", path)
        except CallFailed as failure:
            return failure.outcome
        if answer.status >= 500 or answer.status == 429:
            return read_answer(answer.status, answer.body, 1, "")[0]
        content = answer.json()
        found = content.get("data") if isinstance(content, dict) else None
        record = found[0] if isinstance(found, list) and found else {}
        ours = isinstance(record, dict) and record.get(self.reference_field) == str(lead.reference)
        if not ours:
            return outcome
        return Outcome(
            Verdict.STORED,
            zoho_id=outcome.duplicate_id,
            status=outcome.status,
            answer=outcome.answer,
            already_there=True,
        )

    def follow_up(self, kind: str, method: str, path: str, **content: Any) -> client.Answer:
        """A further request about one record. Raises CallFailed, also for want of time."""
        if not self.deadline.allows(FOLLOW_UP_SECONDS):
            text = "No time was left to look at the record in Zoho."
            raise CallFailed(Outcome(Verdict.UNKNOWN, Reason.NO_ANSWER, text=text))
        call = self.caller.open(kind, leads=1, claim=self.batch.token)
        try:
            return self.caller.call(call, method, path, **content)
        finally:
            (self.caller.latest or call).save()


@dataclass(frozen=True)
class Made:
    """What fitting made of one lead."""

    fitted: Fitted

    @property
    def fits(self) -> bool:
        """Whether the record can be sent."""
        return self.fitted.failure is None

    def refusal(self) -> Outcome:
        """The outcome of a record that stays here, without a wasted call."""
        failure = self.fitted.failure
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
