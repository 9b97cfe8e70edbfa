"""Finish: what a call came to, written down in one fenced transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from leads.apply import Move, apply
from leads.clock import Clock, Deadline, database_now
from leads.delivery import breaker
from leads.delivery.backoff import (
    DELAYS,
    after_questions,
    after_unknown,
    after_unknown_again,
    after_unknown_alone,
    next_delay,
    spread,
)
from leads.delivery.gateway import ANSWERS, Batch, Outcome, Verdict
from leads.delivery.suspicion import Suspicion, limits_reached, own_faults
from leads.models import ApiCall, Destination, Lead, Site
from leads.models.log import Entry
from leads.models.transitions import (
    Change,
    become,
    delivered,
    discarded,
    due_again,
    failed,
    perhaps_landed,
    put_off,
)
from leads.reasons import Reason, ResponseCode
from leads.signals import lead_failed

log = logging.getLogger(__name__)

PATIENCE = 5
"""Seconds for which a database that is away is tried; then the lease brings the leads back."""


@dataclass(frozen=True)
class Settlement:
    """What the reaction to an outcome needs to know besides the lead and the outcome."""

    batch: Batch
    now: datetime
    jitter: float
    works_elsewhere: bool
    """Whether the destination took other leads while this call was under way, or since these leads
    were without an answer the last time."""
    is_of_the_lead: bool = False
    """Whether the destination is told nothing of it: only the leads' own waits make calls rarer."""
    calls: int = 1
    """How many calls the try took."""


def finish(
    batch: Batch, outcomes: list[Outcome], jitter: float, clock: Clock | None = None
) -> None:
    """Settle the batch: lead states, logs, figures, pauses and notices together.

    Leads whose claim has passed to another worker are left alone. While the database is away
    it is tried for five seconds; after that its error is raised, and the lease does the rest.
    """
    clock = clock or Clock()
    deadline = Deadline(PATIENCE, clock)
    while True:
        try:
            with transaction.atomic():
                _settle(batch, outcomes, jitter)
            return
        except (OperationalError, InterfaceError) as error:
            if not deadline.allows(0.5):
                raise
            log.warning("finish of call %s failed, trying again: %s", batch.call.pk, type(error))
            connection.close()
            clock.sleep(0.5)


def _settle(batch: Batch, outcomes: list[Outcome], jitter: float) -> None:
    ours, outcomes = _still_ours(batch), own_faults(batch, outcomes)
    destination = Destination.objects.get(pk=batch.destination.pk)
    now = database_now()
    suspicion = Suspicion.of(batch, outcomes, destination.last_success_at)
    calls = _calls_of(batch, outcomes[0]) if outcomes[0].verdict in FAULTS else 1
    around = Settlement(
        batch, now, jitter, suspicion.works_elsewhere, suspicion.is_of_the_lead, calls
    )
    moves = [
        _move(lead, outcome, around, erased=ours[lead.pk])
        for lead, outcome in zip(batch.leads, outcomes, strict=True)
        if lead.pk in ours
    ]
    apply(moves)
    batch.call.ended_at = batch.call.ended_at or now
    if any(ours.values()):
        batch.call.request = batch.call.response = ""
    batch.call.save()
    for lead, change, _entry in moves:
        if change["status"] == Lead.Status.FAILED:
            lead_failed.send(Lead, lead=_changed(lead, change), now=now)
    # Last: from here to the commit the destination's row is ours, and others wait for it.
    if batch.credits_left is not None:
        Destination.objects.note_credits(destination.pk, batch.credits_left, now)
    told = [] if suspicion.is_of_the_lead else [outcome for outcome in outcomes if outcome.sent]
    if told:
        _tell_the_breaker(batch, told, now, jitter, calls)
    else:
        _return_probes(batch, outcomes)
    for site in _sites_at_fault(batch, outcomes):
        breaker.pause_site(*site, now)


def _still_ours(batch: Batch) -> dict[int, bool]:
    """The leads that this claim still holds: the fence against a worker that woke too late.

    Each with whether its person was erased while it was being sent.
    """
    rows = Lead.objects.filter(
        pk__in=[lead.pk for lead in batch.leads], claim=batch.token, status=Lead.Status.SENDING
    )
    held = rows.select_for_update().values_list("pk", "erased_at")
    return {pk: erased_at is not None for pk, erased_at in held}


def _move(lead: Lead, outcome: Outcome, around: Settlement, erased: bool) -> Move[Lead]:
    """What becomes of a lead. One that was erased meanwhile and did not arrive has nothing left."""
    if erased:
        outcome = replace(outcome, text="", answer="", record=None, repairs=[])
    change = ACTIONS[outcome.verdict](lead, outcome, around)
    if erased and outcome.verdict is not Verdict.STORED:
        change |= discarded(around.now)
    begun = outcome.verdict is not Verdict.NOT_BEGUN
    return Move(lead, change, _entry(lead, outcome, around) if begun else None)


def _changed(lead: Lead, change: Change) -> Lead:
    """The lead as it will be. A copy: should this transaction fail, the next try begins anew."""
    after = copy(lead)
    become(after, change)
    return after


def _entry(lead: Lead, outcome: Outcome, around: Settlement) -> Entry:
    stored = outcome.verdict is Verdict.STORED
    return Entry(
        lead_id=lead.pk,
        site_id=lead.site_id,
        created_at=around.now,
        revision=lead.revision,
        response_code=ResponseCode.INSERTED if stored else ResponseCode.NOT_INSERTED,
        reason=outcome.reason or "",
        reason_field=outcome.field[:100],
        reason_text=outcome.text[:500],
        call_id=around.batch.call.pk if outcome.sent else None,
        zoho_id=outcome.zoho_id,
        status=outcome.status,
        answer=outcome.answer,
        # Zoho holds what it stored; what it refused is kept for whoever must mend it.
        record=None if stored else outcome.record,
        repairs=outcome.repairs,
    )


# --- One reaction a verdict -----------------------------------------------------------------


def _stored(_lead: Lead, outcome: Outcome, around: Settlement) -> Change:
    return delivered(around.now, outcome.zoho_id)


def _fail(_lead: Lead, outcome: Outcome, around: Settlement) -> Change:
    return failed(around.now, *_why(outcome)) | _rival(outcome)


def _wait(outcome: Outcome, around: Settlement, delay: timedelta) -> Change:
    return put_off(around.now + delay, *_why(outcome)) | _rival(outcome)


def _why(outcome: Outcome) -> tuple[Reason | str, str, str]:
    return outcome.reason or "", outcome.field, outcome.text


def _rival(outcome: Outcome) -> Change:
    """Kept while later tries fail for other reasons: a person may have chosen to update it."""
    if not outcome.duplicate_id:
        return {}
    return {"in_the_way": outcome.duplicate_id, "in_the_way_module": outcome.duplicate_module}


def _charge(
    lead: Lead,
    outcome: Outcome,
    around: Settlement,
    wait: Callable[[int, float], timedelta | None] = next_delay,
) -> Change:
    attempts = lead.attempts + 1
    delay = wait(attempts, around.jitter)
    if delay is None:
        return _fail(lead, outcome, around) | {"attempts": attempts}
    return _wait(outcome, around, delay) | {"attempts": attempts}


def _not_begun(_lead: Lead, outcome: Outcome, around: Settlement) -> Change:
    """First thing in the next drain; or later, where what it waits for is not asked before."""
    if outcome.wait is None:
        return due_again(around.now)
    return _wait(outcome, around, timedelta(seconds=outcome.wait))


def _not_sent(_lead: Lead, outcome: Outcome, around: Settlement) -> Change:
    return _wait(outcome, around, spread(DELAYS[0], around.jitter))


def _unknown(lead: Lead, outcome: Outcome, around: Settlement) -> Change:
    """Sent again only where a second record is impossible; else a person must look."""
    landed = perhaps_landed(lead) if outcome.adds else {}
    doubles = not around.batch.resend_is_safe or lead.pk in around.batch.not_resent
    if doubles and outcome.adds:
        return _fail(lead, outcome, around) | landed | {"reason": Reason.OUTCOME_UNKNOWN}
    if around.works_elsewhere and len(around.batch.leads) == 1:
        charged = _charge(lead, outcome, around, wait=after_unknown_alone)
        return charged | landed | {"batch_limit": 1}  # nor does it take others along
    changes = _wait(outcome, around, _after_unknown(lead, outcome, around)) | landed
    if around.works_elsewhere:
        changes["batch_limit"] = _half(around)
    return changes


def _after_unknown(lead: Lead, outcome: Outcome, around: Settlement) -> timedelta:
    """The leads of a batch stay together. One that was a probe waits no longer than they do: how
    often a destination that rests is called says the breaker, and its first success is for all.
    """
    again = lead.maybe_landed or bool(lead.reason and not outcome.adds)
    if not again or not around.is_of_the_lead or lead.queued_at is None:
        return after_unknown(around.jitter)
    wait = after_unknown_again(around.now - lead.queued_at, around.jitter)
    # Where the CRM is asked something before each insert, every try is as many calls.
    return wait if around.calls == 1 else max(wait, after_questions(around.jitter))


def _batch_refused(lead: Lead, outcome: Outcome, around: Settlement) -> Change:
    if len(around.batch.leads) == 1:
        return _fail(lead, outcome, around)
    return _wait(outcome, around, timedelta()) | {"batch_limit": _half(around)}


def _at_once(_lead: Lead, outcome: Outcome, around: Settlement) -> Change:
    """Due as soon as the pause ends, which is what holds it back."""
    return _wait(outcome, around, timedelta())


def _half(around: Settlement) -> int:
    return max(1, len(around.batch.leads) // 2)


ACTIONS: dict[Verdict, Callable[[Lead, Outcome, Settlement], Change]] = {
    Verdict.STORED: _stored,
    Verdict.REFUSED: _fail,
    Verdict.REFUSED_FOR_NOW: _charge,
    Verdict.BATCH_REFUSED: _batch_refused,
    Verdict.NOT_SENT: _not_sent,
    Verdict.NOT_BEGUN: _not_begun,
    Verdict.UNKNOWN: _unknown,
    Verdict.THROTTLED: _at_once,
    Verdict.DESTINATION_FAULT: _at_once,
    Verdict.SITE_FAULT: _at_once,
}

FAULTS = (Verdict.NOT_SENT, Verdict.UNKNOWN)


def _tell_the_breaker(
    batch: Batch, told: list[Outcome], now: datetime, jitter: float, calls: int
) -> None:
    """One answer about a record proves that the destination works; else the first fault counts.

    Where nothing was sent, or nothing was learned, there is no such word, and the next lead tries.
    """
    if any(outcome.verdict in ANSWERS for outcome in told):
        # When it was answered: a call that began after that says nothing by its success.
        breaker.worked(batch.destination, batch.call.ended_at or now)
        _tell_the_site(batch.leads[0].site, told[0], now)
        reached = limits_reached(told)
        if not reached:
            return
        told = reached
    first = told[0]
    reason = first.reason or Reason.NO_ANSWER
    if first.verdict in FAULTS:
        breaker.failed(batch.destination, reason, batch.claimed_at, now, jitter, calls)
    elif first.verdict is Verdict.THROTTLED:
        breaker.throttled(batch.destination, reason, now, first.wait, jitter)
    elif first.verdict is Verdict.DESTINATION_FAULT:
        breaker.pause(batch.destination, reason, now, now + breaker.PROBE_EVERY)
    else:
        breaker.return_probe(batch.destination)  # a site's fault says nothing against it


def _tell_the_site(site: Site, outcome: Outcome, now: datetime) -> None:
    """A record that was stored ends the pause of its site. Any other answer may be given before
    what the site is held for is looked at: the next lead tries.
    """
    if site.paused_at is None:
        return
    if _is_stored_now(outcome):
        breaker.site_worked(site, now)
    elif outcome.verdict in ANSWERS:
        breaker.return_probe(site)


def _is_stored_now(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.STORED and not outcome.already_there


def _calls_of(batch: Batch, first: Outcome) -> int:
    """How many calls the try took: what each of its kind asks before its insert costs as much.

    The reading of fields among them where the next try repeats it: for leads that may have landed.
    """
    kinds = [ApiCall.Kind.READ, ApiCall.Kind.UPDATE]
    if any(lead.maybe_landed for lead in batch.leads):
        kinds.append(ApiCall.Kind.METADATA)
    asked = ApiCall.objects.filter(claim=batch.token, kind__in=kinds)
    others = asked.exclude(pk=batch.call.pk).count()
    made = first.verdict is Verdict.UNKNOWN or batch.call.status is not None
    return max(1, others + made)


def _sites_at_fault(batch: Batch, outcomes: list[Outcome]) -> list[tuple[Site, Reason]]:
    """The sites whose set-up was refused and of which no lead was stored, and why.

    Sites of one envelope share a call, and what one of them sets on its records is its own fault.
    """
    works, at_fault, updates = set(), {}, set()
    for lead, outcome in zip(batch.leads, outcomes, strict=True):
        if outcome.sent and outcome.verdict is Verdict.SITE_FAULT:
            at_fault[lead.site_id] = lead.site, outcome.reason or Reason.WRONG_OPTION
            if not outcome.adds:  # an update says so whatever the inserts of the batch came to
                updates.add(lead.site_id)
        elif outcome.sent and _is_stored_now(outcome):
            works.add(lead.site_id)
    # In the order of their rows, which others lock as well.
    return [fault for pk, fault in sorted(at_fault.items()) if pk not in works - updates]


def _return_probes(batch: Batch, outcomes: list[Outcome]) -> None:
    """Whether the destination and the site work is as open as before: let the next lead try.

    Not at once where this one waits for a question: hundreds that do would all be tried in a row.
    """
    waits = [timedelta(seconds=one.wait or 0) for one in outcomes]
    pause = min(max(waits, default=timedelta()), breaker.NEXT_LEAD_AFTER)
    breaker.return_probe(batch.destination, pause)
    for lead in batch.leads[:1]:
        breaker.return_probe(lead.site)
