"""The gateway that `leads` sees: a batch of leads in, one outcome a lead out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Batch, Outcome, Preview, Verdict
from leads.models import ApiCall, Lead
from leads.reasons import Reason
from zoho import client, fields
from zoho.answers import read_answer
from zoho.mapper import to_record
from zoho.models import Connection
from zoho.secrets import Undecryptable
from zoho.tokens import CallFailed, Token, get_token

Record = dict[str, Any]

FOLLOW_UP_SECONDS = 3
"""What a second look at one record needs; without the time the lead is looked at again later."""


class ZohoGateway:
    """Zoho CRM, as `settings.LEADS_GATEWAY` names it."""

    def deliver(self, batch: Batch, deadline: Deadline) -> list[Outcome]:
        """Insert the batch in one call; one outcome a lead, in the order of `batch.leads`."""
        return Delivery(batch, deadline).run()

    def preview(self, lead: Lead) -> Preview:
        """The record that would be sent for this lead today."""
        record, repairs = to_record(lead.current_data())
        connections = Connection.objects.without_secrets()
        connection = connections.filter(destination=lead.destination_id).first()
        if connection and fields.reference_is_unique(connection, lead.site.module):
            record[connection.reference_field] = str(lead.reference)
        return Preview(record, repairs)

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
        self.destination = batch.destination
        self.module = batch.leads[0].site.module
        self.token: Token | None = None

    def run(self) -> list[Outcome]:
        """One outcome a lead. Nothing that Zoho or the network does is raised."""
        try:
            self.connection = self.connect()
            self.read_fields_when_stale()
            self.batch.resend_is_safe = bool(self.reference_field)
            return self.insert()
        except CallFailed as failure:
            self.batch.call.error = self.batch.call.error or failure.outcome.text[:500]
            return self.all(failure.outcome)

    def connect(self) -> Connection:
        """The destination's connection. Raises CallFailed where there is none to use."""
        text = "The destination has no Zoho connection."
        try:
            if found := Connection.objects.filter(destination=self.destination).first():
                return found
        except Undecryptable as error:
            text = f"{error}."
        raise CallFailed(Outcome(Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED, text=text))

    def all(self, outcome: Outcome) -> list[Outcome]:
        """The same outcome for every lead."""
        return [outcome] * len(self.batch.leads)

    @property
    def reference_field(self) -> str:
        """The API name of our unique field; empty where none is verified."""
        unique = fields.reference_is_unique(self.connection, self.module)
        return self.connection.reference_field if unique else ""

    def read_fields_when_stale(self) -> None:
        """Read the module's metadata when it is old; what it cannot say stays as it was."""
        now = database_now()
        if not fields.is_stale(self.connection, self.module, now):
            return
        self.token = get_token(self.connection.pk, self.deadline)
        call = self.open_call(ApiCall.Kind.METADATA)
        path = "/crm/v8/settings/fields"
        answer = self.call(call, "GET", path, params={"module": self.module}, nothing_sent=True)
        found = fields.compact(answer.json()) if answer.status == 200 else None
        if found is not None:
            fields.store(self.connection, self.module, found, now)
        elif self.module not in self.connection.fields:
            outcome = read_answer(answer.status, answer.body, 1, "")[0]
            raise CallFailed(_before_the_insert(outcome))

    def insert(self) -> list[Outcome]:
        """Send the records and judge the answer, record by record."""
        made = [self.record(lead) for lead in self.batch.leads]
        body = {**self.batch.leads[0].site.options, "data": [record for record, _repairs in made]}
        path = f"/crm/v8/{self.module}"
        answer = self.call(self.batch.call, "POST", path, json=body)
        outcomes = read_answer(answer.status, answer.body, len(made), self.reference_field)
        return [
            replace(self.look_again(lead, outcome, record), record=record, repairs=repairs)
            for lead, outcome, (record, repairs) in zip(
                self.batch.leads, outcomes, made, strict=True
            )
        ]

    def record(self, lead: Lead) -> tuple[Record, list[str]]:
        """The lead's record with its reference, and the repairs."""
        record, repairs = to_record(lead.current_data())
        if self.reference_field:
            record[self.reference_field] = str(lead.reference)
        return record, repairs

    def call(
        self, call: ApiCall, method: str, path: str, nothing_sent: bool = False, **content: Any
    ) -> client.Answer:
        """Send one request; a refused token is refreshed once and the request sent once more.

        `nothing_sent` says that no lead travels with it, so that silence is no unknown outcome.
        """
        self.token = self.token or get_token(self.connection.pk, self.deadline)
        answer = self.send(call, method, path, nothing_sent, content)
        if not _token_refused(answer):
            return answer
        self.token = get_token(self.connection.pk, self.deadline, refused=self.token.stamp)
        again = self.open_call(call.kind, call.leads, call.claim)
        if call is self.batch.call:
            call.save()
            self.batch.call = again
        return self.send(again, method, path, nothing_sent, content)

    def send(
        self, call: ApiCall, method: str, path: str, nothing_sent: bool, content: Record
    ) -> client.Answer:
        """One request with the token of the moment. Raises CallFailed when no answer came."""
        assert self.token is not None  # noqa: S101 - for the type checker
        url = f"{self.token.api_domain}{path}"
        try:
            return client.send(call, self.deadline, method, url, token=self.token.value, **content)
        except client.NotSent as error:
            raise CallFailed(
                Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=str(error))
            ) from None
        except client.NoAnswer as error:
            verdict = Verdict.NOT_SENT if nothing_sent else Verdict.UNKNOWN
            raise CallFailed(Outcome(verdict, Reason.NO_ANSWER, text=str(error))) from None
        finally:
            if call is not self.batch.call:  # that one is closed with what it came to
                call.save()

    def open_call(self, kind: str, leads: int = 0, claim: UUID | None = None) -> ApiCall:
        """A call that is on record before it leaves."""
        return ApiCall.objects.create(
            destination=self.destination,
            kind=kind,
            leads=leads,
            claim=claim,
            started_at=database_now(),
        )

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
        call = self.open_call(kind, leads=1, claim=self.batch.token)
        return self.call(call, method, path, **content)


def _token_refused(answer: client.Answer) -> bool:
    content = answer.json()
    code = content.get("code") if isinstance(content, dict) else None
    return answer.status == 401 and code != "OAUTH_SCOPE_MISMATCH"


def _before_the_insert(outcome: Outcome) -> Outcome:
    """What a failed preparation means for the leads: none of them was sent."""
    passing = (Verdict.UNKNOWN, Verdict.STORED, Verdict.REFUSED, Verdict.BATCH_REFUSED)
    if outcome.verdict in passing:
        return replace(outcome, verdict=Verdict.NOT_SENT, reason=outcome.reason or Reason.REFUSED)
    return outcome
