"""Queueing a chunk of a bulk retry: a few columns of each lead, a few statements for all of them.

What `retry.requeue` does to leads that are read whole, for many: the same transitions, out of the
few columns that those ask for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from leads.apply import By, apply
from leads.clock import database_now
from leads.data import has_name
from leads.decisions.reread import read_unclear
from leads.decisions.retry import SendingAgain
from leads.delivery.wakeup import wake_after_commit
from leads.intake.rules import judge_all
from leads.models import BulkRetry, Lead, LeadEvent, Preferences, Revision, Site
from leads.via import acting_via

RETRIED = LeadEvent.Kind.RETRIED
COLUMNS = (
    *("pk", "site_id", "destination_id", "is_test", "skip_duplicate_rule", "reason", "revision"),
    *("received_at", "attribution", "email", "data__contact_name", "data__last_name"),
    *("reading__unclear", "reading__fields__contact_name", "reading__fields__last_name"),
)
JUDGED = ("email", "contact_name", "last_name")
"""What the rules look at of a lead's data."""


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
    attribution: str
    site: Site
    data: dict[str, Any]
    unclear: dict[str, list[str]]
    status: str = Lead.Status.FAILED
    update_existing: bool = False
    """Whatever it was: a plain retry takes that choice back."""

    def current_data(self) -> dict[str, Any]:
        """The fields that rules judge."""
        return self.data


def queue(rows: QuerySet[Lead], bulk: BulkRetry) -> tuple[int, int]:
    """Judge these failed leads, locked by the query, and queue them behind fresh ones.

    How many were queued, and how many a rule holds; these have a new attempt each.
    """
    leads = candidates(rows)
    correct(leads)
    read_whole(leads)
    global_rule = Preferences.load().refuse_duplicate_emails
    verdicts = judge_all(leads, lambda lead: lead.site.rule_in_force(global_rule))
    now = database_now()
    again = SendingAgain(RETRIED, now, now, Lead.Band.BULK, bulk.pk)
    moves = [again.move(lead, held) for lead, held in zip(leads, verdicts, strict=True)]
    with acting_via(bulk.via):
        apply(moves, By(RETRIED, bulk.created_by_id, f"Bulk retry {bulk.pk}"))
    going = [lead for lead, held in zip(leads, verdicts, strict=True) if held is None]
    for destination_id in {lead.destination_id for lead in going}:
        wake_after_commit(destination_id)
    return len(going), len(leads) - len(going)


def candidates(rows: QuerySet[Lead]) -> list[Candidate]:
    """A few columns of each of these leads, with the names that arrived.

    Of the data only what the rules judge: to read it whole took longer than to judge it.
    """
    found: Iterable[tuple[Any, ...]] = rows.values_list(*COLUMNS)
    sites = Site.objects.in_bulk()
    return [_candidate(sites, row) for row in found]


def _candidate(sites: dict[int, Site], row: tuple[Any, ...]) -> Candidate:
    """A row of COLUMNS: names as they were read, else as they arrived."""
    *own, email, came_whole, came_last, unclear, whole, last = row
    # The column holds the address of the newest revision.
    names = (came_whole, came_last) if unclear is None else (whole, last)  # None: not read
    data = dict(zip(JUDGED, (email, *names), strict=True))
    return Candidate(*own, sites[own[1]], data, unclear or {})  # type: ignore[call-arg]  # `own` has the columns in the order of its fields


def correct(leads: list[Candidate]) -> None:
    """Put the data of the newest revision in place of what arrived."""
    revised = {lead.pk: lead for lead in leads if lead.revision}
    if revised:
        revisions = Revision.objects.filter(lead__in=list(revised)).order_by("number")
        for lead_id, data in revisions.values_list("lead_id", "data"):
            revised[lead_id].data = data
        for lead in revised.values():
            lead.unclear = {}


def read_whole(leads: list[Candidate]) -> None:
    """All the data of those without a name: another field may be it, by now, or be sent for it.

    Those of which nobody knew which value is the name are read anew, by what was chosen since.
    """
    nameless = [lead for lead in leads if not lead.revision and not has_name(lead.data)]
    whole = {lead.pk: lead for lead in nameless} | {lead.pk: lead for lead in leads if lead.unclear}
    if whole:
        rows = list(Lead.objects.among(list(whole)).defer("body"))
        read_unclear(rows)
        for row in rows:
            whole[row.pk].data, whole[row.pk].unclear = row.current_data(), row.unclear
