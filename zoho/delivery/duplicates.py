"""Records that are in Zoho already: found before the insert, or named by its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.data import as_text
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import ApiCall, Lead, Preferences, Site
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import client, coql, options
from zoho.api.answers import read_other, read_update
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit.metadata import Record
from zoho.mapping.record import Fitted

UPDATE = Site.DuplicatePolicy.UPDATE

FOLLOW_UP_SHARE = 0.1
"""The part of a call's time that a second look at one record needs; a tenth is 3 seconds.

Without it the lead is looked at again later.
"""
EMAIL = "Email"
"""The field by which people are told apart: Zoho's own in Leads and Contacts."""
KNOWN = Sentence(_("Zoho knows the e-mail address: record %(record)s"))
NO_TIME_TO_UPDATE = Sentence(_("No time was left to update record %(record)s: that follows."))
NO_TIME_TO_LOOK = Sentence(_("No time was left to look at the record in Zoho."))
NOT_SHOWN = Sentence(
    _(
        "An earlier try may have arrived, and Zoho does not show %(record)s, the record in the way "
        "(answer %(status)s)."
    )
)
ELSEWHERE = Sentence(_("The lead is there as record %(record)s of %(module)s."))
SILENT = Sentence(_("Zoho did not answer for another record, so this one follows."))


# --- Before the insert ------------------------------------------------------------------------


def must_ask(leads: Iterable[Lead]) -> set[int]:
    """The ids of the leads about which Zoho is asked before each of their tries. One query.

    Those too of which a try may have landed: it may have been the update of another record.
    """
    preferences = Preferences.load()
    if not preferences.ask_zoho_for_duplicates:
        return set()
    return {
        lead.pk
        for lead in leads
        if lead.site.rule_in_force(preferences.refuse_duplicate_emails)
        and lead.site.duplicate_policy != Site.DuplicatePolicy.SEND
        and not (lead.skip_duplicate_rule or lead.is_test)
    }


def find(caller: Caller, module: str, addresses: Iterable[str]) -> dict[str, Record]:
    """The oldest record of each of these normalised addresses that Zoho knows.

    One question for 50 addresses, which is the most that Zoho takes; a full batch needs two.
    Raises CallFailed.
    """
    found: dict[str, Record] = {}
    for some in coql.fifties(sorted(set(addresses) - {""})):
        left = some
        while left:
            page = coql.select(
                caller, ["id", EMAIL], module, coql.one_of(EMAIL, left), "order by id asc"
            )
            for row in page.rows:
                found.setdefault(normal(row.get(EMAIL)), row)
            # A few addresses with many records each may have filled the page.
            unseen = [address for address in left if address not in found]
            left = unseen if page.more and len(unseen) < len(left) else []
    return {address: found[address] for address in found if row_id(found[address])}


def normal(address: Any) -> str:
    """An address as it is compared."""
    return as_text(address).casefold()


def row_id(row: Record) -> str:
    """The id of a row; empty where it has none."""
    return str(row.get("id") or "")[:40]


# --- After it, or instead of it ---------------------------------------------------------------


class Existing:
    """What single leads of a batch need because a record exists: a look at it, or an update."""

    def __init__(self, caller: Caller, batch: Batch, reference_field: str) -> None:
        self.caller = caller
        self.batch = batch
        self.reference_field = reference_field
        self.site = batch.leads[0].site
        self.path = f"/crm/v8/{self.site.module}"
        self.silence: Outcome | None = None
        """What the first further request came to that Zoho did not answer: no other is made."""

    def settle(self, lead: Lead, outcome: Outcome, fitted: Fitted) -> Outcome:
        """Settle the cases that the insert's answer alone cannot.

        Our own reference was there, but perhaps with an older revision: that record is brought
        up to date first. Another unique field is in the way and an earlier outcome is unknown:
        the record in the way may be ours. It is not: then the site's policy rules.
        """
        # `maybe_landed`: only then can the record in the way be the lead's own earlier try.
        in_the_way = outcome.reason == Reason.DUPLICATE_RECORD and outcome.duplicate_id
        if in_the_way and lead.maybe_landed and self.reference_field:
            outcome = self.compare_reference(lead, outcome)
        if outcome.already_there and lead.landed_revision not in (None, lead.revision):
            return self.bring_up_to_date(outcome, fitted.record)
        refused = outcome.reason == Reason.DUPLICATE_RECORD and outcome.duplicate_id
        here = outcome.duplicate_module in ("", lead.site.module)
        if refused and here and lead.site.duplicate_policy == UPDATE:
            return self.update(outcome.duplicate_id, fitted)
        return outcome

    def repeated(self, lead: Lead, record_id: str, fitted: Fitted) -> Outcome:
        """The outcome of a lead whose address Zoho knows from another record."""
        if lead.site.duplicate_policy == UPDATE:
            return self.update(record_id, fitted)
        return Outcome(
            Verdict.REFUSED,
            Reason.DUPLICATE_EMAIL,
            field=EMAIL,
            text=KNOWN(record=record_id),
            duplicate_id=record_id,
            sent=False,
        )

    def update(self, record_id: str, fitted: Fitted, call: ApiCall | None = None) -> Outcome:
        """Write the record over the one that exists; a repeat writes the same once more.

        Left out are our reference, so that the record keeps its own, and what the site's options
        say of new records: owner, layout, tags, approval, assignment rule. What a rule of the
        mapping says of the same is the lead's own, and is written.
        """
        if not self.has_time():
            text = NO_TIME_TO_UPDATE(record=record_id)
            reason = Reason.DUPLICATE_RECORD
            return Outcome(Verdict.NOT_SENT, reason, text=text, duplicate_id=record_id)
        chosen = options.split(self.site.options)
        left_out = {self.reference_field, *fitted.from_options}
        kept = fitted.record.items()
        data = {name: value for name, value in kept if name not in left_out}
        # An assignment rule would take the record from whoever works on it.
        top = {name: value for name, value in chosen.top.items() if name != "lar_id"}
        try:
            answer = self.put(record_id, {**top, "data": [data]}, call)
        except CallFailed as failure:
            return replace(failure.outcome, duplicate_id=record_id, adds=False)
        updated = read_update(answer.status, answer.body)
        if updated.verdict is Verdict.STORED:
            return replace(updated, zoho_id=record_id, left_out=frozenset(left_out))
        return replace(updated, duplicate_id=record_id, adds=False)

    def bring_up_to_date(self, outcome: Outcome, record: Record) -> Outcome:
        """PUT the newest revision over the one that had landed."""
        try:
            answer = self.put(outcome.zoho_id, {"data": [record]})
        except CallFailed as failure:
            return failure.outcome
        updated = read_other(answer.status, answer.body)
        return updated if updated.verdict is not Verdict.STORED else outcome

    def compare_reference(self, lead: Lead, outcome: Outcome) -> Outcome:
        """Whether the record in the way carries our reference: then the lead had arrived.

        While Zoho cannot show the record, that stays open and the lead is looked at again. Where
        Zoho will not show it (no right to see it, deleted), a person must look.
        """
        module = outcome.duplicate_module
        path = f"/crm/v8/{module}" if module else self.path
        try:
            answer = self.follow_up(ApiCall.Kind.READ, "GET", f"{path}/{outcome.duplicate_id}")
        except CallFailed as failure:
            return failure.outcome
        if answer.status >= 500 or answer.status == 429:
            return read_other(answer.status, answer.body)
        record = _only_record(answer)
        if record is None:
            text = NOT_SHOWN(record=outcome.duplicate_id, status=answer.status)
            return replace(outcome, reason=Reason.OUTCOME_UNKNOWN, field="", text=text)
        if record.get(self.reference_field) != str(lead.reference):
            return outcome
        if module not in ("", self.site.module):
            text = ELSEWHERE(record=outcome.duplicate_id, module=module)
            return replace(outcome, reason=Reason.OUTCOME_UNKNOWN, field="", text=text)
        return Outcome(
            Verdict.STORED,
            zoho_id=outcome.duplicate_id,
            status=outcome.status,
            answer=outcome.answer,
            already_there=True,
        )

    def has_time(self) -> bool:
        """Whether a further request can be answered before the deadline."""
        return self.caller.deadline.allows(settings.SEND_TIMEOUT * FOLLOW_UP_SHARE)

    def put(self, record_id: str, body: Record, call: ApiCall | None = None) -> client.ZohoAnswer:
        """Update one record. Raises CallFailed."""
        kind = ApiCall.Kind.UPDATE
        return self.follow_up(kind, "PUT", f"{self.path}/{record_id}", call, json=body)

    def follow_up(
        self, kind: str, method: str, path: str, call: ApiCall | None = None, **content: Any
    ) -> client.ZohoAnswer:
        """A further request about one record. Raises CallFailed, also for want of time.

        `call` is the batch's own where no insert was sent.
        """
        if not self.has_time():
            text = NO_TIME_TO_LOOK()
            raise CallFailed(Outcome(Verdict.UNKNOWN, Reason.NO_ANSWER, text=text))
        if self.silence:
            text = f"{SILENT()} {self.silence.text}"[:500]
            raise CallFailed(Outcome(Verdict.NOT_SENT, self.silence.reason, text=text))
        call = call or self.caller.open(kind, leads=1, claim=self.batch.token)
        call.kind = kind
        try:
            answer = self.caller.call(call, method, path, **content)
            if answer.status >= 500 or answer.status == 429:
                self.silence = read_other(answer.status, answer.body)
            return answer
        except CallFailed as failure:
            self.silence = failure.outcome
            raise
        finally:
            latest = self.caller.latest or call
            if call is self.batch.call:  # saved by `finish`, in one transaction with its leads
                self.batch.call = latest
            else:
                latest.save()


def _only_record(answer: client.ZohoAnswer) -> Record | None:
    """The record that the answer shows; None where it shows none."""
    content = answer.json()
    found = content.get("data") if isinstance(content, dict) else None
    record = found[0] if isinstance(found, list) and found else None
    return record if answer.status == 200 and isinstance(record, dict) else None
