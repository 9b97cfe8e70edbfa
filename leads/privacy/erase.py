"""Erasing: a lead loses everything that tells of its person; that it existed stays true.

What is left is a tombstone: id, reference, site, times, status and the record's id in Zoho. Totals
stay what they were, and a backup that is restored later is erased again by the references.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from leads.apply import By, Move, apply
from leads.clock import Clock, Deadline, database_now
from leads.counters.deltas import Tally
from leads.counters.sales import record as sales
from leads.models import ApiCall, ApiLog, Assignment, Lead, LeadEvent, RejectedSubmission, Revision
from leads.models.transitions import erased
from leads.privacy.files import erase_in_files, erase_rows_of
from leads.search.fill import forget
from leads.signals import leads_erased, person_erased, security_event
from leads.store import database

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500
"""Leads that one transaction erases."""
MOST_NAMED = 20
"""Leads that the evidence of an erasing names."""
AGAIN_AFTER = 0.5
"""Seconds between two looks at whether the database's files are let go."""
BLANK: dict[str, Any] = {
    "body": b"",
    "content_type": "",
    "data": {},
    "reading": None,
    "page": "",
    "attribution": "",
    "name": "",
    "email": "",
    "phone": "",
    "revision": 0,
    "is_assigned": False,
    "reason_text": "",
    # A site may have made the key of an address, and a fingerprint tells that two posts were equal.
    "idempotency_key": None,
    "fingerprint": "",
}


def erase_person(
    leads: QuerySet[Lead],
    rejected: Iterable[int] = (),
    user: User | AnonymousUser | None = None,
    typed: tuple[str, str] = ("", ""),
) -> int:
    """Erase a person's leads, and these submissions of theirs that could not be taken as a lead.

    `typed` are an address and a number that the person is known by besides those of the leads.
    """
    rejected = list(rejected)
    RejectedSubmission.objects.filter(pk__in=rejected).delete()
    known = set(leads.order_by().values_list("email", "phone"))
    email, phone = (text.strip().casefold() for text in typed)
    emails, phones = ({*column} for column in zip(*known, (email, phone), strict=True))
    person_erased.send(Lead, emails=emails - {""}, phones=phones - {""})
    rows = erase_in_files(emails, phones)
    ids = ", ".join(map(str, leads.order_by("pk").values_list("pk", flat=True)[:MOST_NAMED]))
    count = erase(leads, user)
    about = f"Leads erased: {count} ({ids}). Rejected submissions: {len(rejected)}"
    about += f". Rows of imports: {rows}" if rows else ""
    security_event.send(Lead, kind="erasure", user=user, about=about)
    return count


def overwrite_deleted(seconds: float, clock: Clock | None = None) -> bool:
    """Have what was erased leave the database's files; False where readers kept it there.

    Harmless to repeat. Within a transaction nothing can leave.
    """
    deadline = Deadline(seconds, clock)
    while not connection.in_atomic_block:
        if database.overwrite_deleted():
            return True
        if not deadline.allows(AGAIN_AFTER):
            log.warning("what was erased is still in the write-ahead log: the database is in use")
            return False
        deadline.clock.sleep(AGAIN_AFTER)
    return False


def erase(leads: QuerySet[Lead], user: User | AnonymousUser | None = None) -> int:
    """Erase these leads, with their revisions, logs and calls; how many were not erased before.

    A lead that waits is discarded by it. One that is being sent keeps its claim: what its call
    comes to is written down without a word of the person (`finish`).
    """
    ids = list(leads.filter(erased_at=None).order_by("pk").values_list("pk", flat=True))
    steps = range(0, len(ids), MOST_AT_ONCE)
    return sum(_erase(ids[at : at + MOST_AT_ONCE], user) for at in steps)


@transaction.atomic
def _erase(ids: list[int], user: User | AnonymousUser | None) -> int:
    now = database_now()
    rows = Lead.objects.filter(pk__in=ids, erased_at=None).order_by("pk").defer("body", "data")
    leads = list(rows.select_related("site").select_for_update(of=("self",)))
    _erase_story(leads)
    erase_rows_of([lead.pk for lead in leads])
    leads_erased.send(Lead, ids=[lead.pk for lead in leads])
    by = By(LeadEvent.Kind.ERASED, getattr(user, "pk", None))
    apply([Move(lead, erased(lead, now)) for lead in leads], by, also=BLANK)
    tally = Tally()
    for lead in leads:
        if lead.status == Lead.Status.SENDING:  # what comes of it is counted without a campaign
            tally.attribute(lead, lead.attribution, "")
    tally.write()
    return len(leads)


def _erase_story(leads: Iterable[Lead]) -> None:
    """Blank what was written about the leads: revisions, comments, attempts and their exchanges."""
    ids = [lead.pk for lead in leads]
    forget(ids)
    sales.forget(ids)
    RejectedSubmission.objects.filter(lead__in=ids).delete()
    Revision.objects.filter(lead__in=ids).delete()
    Assignment.objects.filter(lead__in=ids).delete()
    LeadEvent.objects.filter(lead__in=ids).exclude(note="").update(note="")
    logs = ApiLog.objects.filter(lead__in=ids)
    calls = list(logs.exclude(call=None).values_list("call", "call__claim"))
    claims = {claim for _call, claim in calls} | {lead.claim for lead in leads}
    # A claim's other calls look for the same addresses.
    theirs = Q(pk__in=[call for call, _claim in calls]) | Q(claim__in=claims - {None})
    ApiCall.objects.filter(theirs).update(request="", response="")
    logs.update(answer="", reason_text="", record=None, repairs=[])
