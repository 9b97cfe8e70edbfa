"""Whether a call that went without an answer tells of the destination or of its own leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Max

from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import ApiCall, ApiLog
from leads.reasons import Reason


@dataclass(frozen=True)
class Suspicion:
    """What speaks against the leads of a call, and what for them."""

    works_elsewhere: bool = False
    """Whether the destination took other leads while the call was under way, or since its leads
    were without an answer the last time."""
    is_of_the_lead: bool = False
    """Whether the failure is the lead's alone: one bad lead must not stop all others."""

    @classmethod
    def of(cls, batch: Batch, outcomes: list[Outcome], success: datetime | None) -> Suspicion:
        """Weigh a call; `success` is when the destination last took a lead."""
        if not any(outcome.verdict is Verdict.UNKNOWN for outcome in outcomes):
            return cls(success is not None and success > batch.call.started_at)
        last_try = _last_try(batch, outcomes)
        since = min(last_try or batch.call.started_at, batch.call.started_at)
        works_elsewhere = success is not None and success > since
        # A probe tells of the destination, whatever is known of its lead.
        alone = len(batch.leads) == 1 and batch.destination.paused_at is None
        if not alone or last_try is None:
            return cls(works_elsewhere)
        return cls(works_elsewhere, works_elsewhere or not _others_were_sent(batch, last_try))


def _last_try(batch: Batch, outcomes: list[Outcome]) -> datetime | None:
    """When the leads were tried last, where every one of them was without an answer before, or
    with the same one that is none.
    """
    alike = {outcome.reason for outcome in outcomes if outcome.verdict is Verdict.UNKNOWN}
    if not all(lead.maybe_landed or lead.reason in alike for lead in batch.leads):
        return None
    logs = ApiLog.objects.filter(lead__in=[lead.pk for lead in batch.leads])
    last: datetime | None = logs.aggregate(last=Max("created_at"))["last"]
    return last


def _others_were_sent(batch: Batch, since: datetime) -> bool:
    """Whether there was another call meanwhile: where none was answered, all of them failed."""
    calls = ApiCall.objects.filter(destination=batch.destination, kind=ApiCall.Kind.INSERT)
    return calls.filter(started_at__gt=since, leads__gt=0).exclude(claim=batch.token).exists()


def own_faults(batch: Batch, outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes, with refusals of a set-up that stored another lead of the same call as those
    leads' own: nobody else has to wait for them.
    """
    sites = {
        lead.site_id
        for lead, outcome in zip(batch.leads, outcomes, strict=True)
        if outcome.sent and outcome.verdict is Verdict.STORED and not outcome.already_there
    }
    works = {Verdict.DESTINATION_FAULT: bool(sites) and not limits_reached(outcomes)}
    return [
        replace(outcome, verdict=Verdict.REFUSED, reason=Reason.REFUSED)
        if outcome.adds
        and (works | {Verdict.SITE_FAULT: lead.site_id in sites}).get(outcome.verdict)
        else outcome
        for lead, outcome in zip(batch.leads, outcomes, strict=True)
    ]


def limits_reached(outcomes: list[Outcome]) -> list[Outcome]:
    """What leads of a batch came to after its first ones were stored, where a limit was reached in
    its midst: the room for records, or the calls of the day. Such leads wait for it.

    Room that is full is so for all that follow; said of one among others it is that one's own.
    """
    verdicts = [outcome.verdict for outcome in outcomes]
    if Verdict.STORED not in verdicts:
        return []
    waiting = [one for one in outcomes if one.verdict is Verdict.THROTTLED and one.adds]
    last = len(verdicts) - verdicts[::-1].index(Verdict.STORED)
    full = [one.reason is Reason.STORAGE_FULL for one in outcomes]
    if not any(full[:last]) and len(full[last:]) > 1 and all(full[last:]):
        return waiting or outcomes[last:]
    return waiting
