"""Queueing a chunk of a bulk retry: a few columns of each lead, a few statements for all of them.

What `decisions.requeue` does to leads one by one, for many: all that no rule holds change alike, so
none needs to be read whole. `bulk_held` has those that a rule holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from leads.clock import database_now
from leads.counters.deltas import leads_moved
from leads.decisions.bulk.held import keep
from leads.decisions.retry import attribute
from leads.delivery.wakeup import wake_after_commit
from leads.intake.rules import judge_all
from leads.models import BulkRetry, Lead, LeadEvent, Preferences, Revision, Site
from leads.models.lead import NORMAL_BATCH
from leads.reasons import Reason

RETRIED = LeadEvent.Kind.RETRIED
COLUMNS = (
    *("pk", "site_id", "destination_id", "is_test", "skip_duplicate_rule", "reason", "revision"),
    *("received_at", "email", "data__contact_name", "data__last_name"),
)
JUDGED = ("email", "contact_name", "last_name")
"""What the last three columns are called among a lead's data."""


@dataclass(slots=True)
class Candidate:
    """What the rules must know of a lead, and no more."""

    pk: int
    site_id: int
    destination_id: int
    is_test: bool
    skip_duplicate_rule: bool
    reason: str
    revision: int
    received_at: datetime
    data: dict[str, Any]
    status: str = Lead.Status.FAILED

    def current_data(self) -> dict[str, Any]:
        """The fields that rules judge."""
        return self.data


def queue(rows: QuerySet[Lead], bulk: BulkRetry) -> tuple[int, int]:
    """Judge these failed leads, locked by the query, and queue them behind fresh ones.

    How many were queued, and how many a rule holds; these have a new attempt each.
    """
    leads = candidates(rows)
    correct(leads)
    global_rule = Preferences.load().refuse_duplicate_emails
    strict = {pk: site.rule_in_force(global_rule) for pk, site in Site.objects.in_bulk().items()}
    verdicts = judge_all(leads, lambda lead: strict[lead.site_id])
    judged = list(zip(leads, verdicts, strict=True))
    going = [lead for lead, held in judged if held is None]
    let_go(going, bulk)
    kept = [(lead, held) for lead, held in judged if held]
    if kept:
        keep(kept, bulk)
    return len(going), len(kept)


def candidates(rows: QuerySet[Lead]) -> list[Candidate]:
    """A few columns of each of these leads, with the names that arrived.

    Of the data only what the rules judge: to read it whole took longer than to judge it.
    """
    found: Iterable[tuple[Any, ...]] = rows.values_list(*COLUMNS)
    # The column holds the address of the newest revision.
    return [
        Candidate(*row[:-3], dict(zip(JUDGED, row[-3:], strict=True)))  # type: ignore[call-arg]
        for row in found
    ]


def correct(leads: list[Candidate]) -> None:
    """Put the data of the newest revision in place of what arrived."""
    revised = {lead.pk: lead for lead in leads if lead.revision}
    if revised:
        revisions = Revision.objects.filter(lead__in=list(revised)).order_by("number")
        for lead_id, data in revisions.values_list("lead_id", "data"):
            revised[lead_id].data = data


def let_go(leads: list[Candidate], bulk: BulkRetry) -> None:
    """Queue leads that failed, with their figures, events and the wakeup."""
    now = database_now()
    alike: dict[bool, list[int]] = defaultdict(list)
    for lead in leads:
        alike[lead.reason == Reason.OUTCOME_UNKNOWN].append(lead.pk)
    for outcome_unknown, pks in alike.items():
        Lead.objects.among(pks).update(
            status=Lead.Status.QUEUED,
            band=Lead.Band.BULK,
            bulk=bulk,
            due_at=now,
            queued_at=now,
            settled_at=None,
            attempts=0,
            deaths=0,
            batch_limit=NORMAL_BATCH,
            update_existing=False,
            # Who retries such leads has looked in Zoho and says that they are not there.
            **({"maybe_landed": False, "landed_revision": None} if outcome_unknown else {}),
        )
    pks = [lead.pk for lead in leads]
    attribute(pks, bulk.created_by_id, RETRIED, f"Bulk retry {bulk.pk}")
    leads_moved(pks, Lead.Status.FAILED, Lead.Status.QUEUED)
    for destination_id in {lead.destination_id for lead in leads}:
        wake_after_commit(destination_id)
