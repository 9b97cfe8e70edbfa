"""One record of a repair, updated by its id if nobody has changed it since it was read.

Zoho compares times of whole seconds: a change in the second of the one before it is not seen, so
that a record counts as read only when that second was over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Verdict
from leads.models import ApiCall
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import rests
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit.metadata import Record
from zoho.models import ReadBack
from zoho.proof.budget import spend
from zoho.proof.read import MODIFIED

CALL_SECONDS = 10.0
"""Time for the one call."""
SECOND_IS_OVER = timedelta(seconds=2)
"""How old the last change of a record is when it is read to be written."""
OF_THE_RECORD = (
    Verdict.STORED,
    Verdict.REFUSED,
    Verdict.REFUSED_FOR_NOW,
    Verdict.BATCH_REFUSED,
    Verdict.SITE_FAULT,
)
"""Answers to an update that say nothing of the next record; it may have another owner."""


UNGUARDED = Sentence(
    _(
        "Zoho does not show when the record was changed last, so that a colleague's change could "
        "be written over: nothing was written."
    )
)()
REFUSED = Sentence(_("Zoho refused the update."))()


class Changed(Exception):
    """Somebody changed the record after it was read."""


def update(caller: Caller, deadline: Deadline, row: ReadBack, read: Record, changes: Record) -> str:
    """Write `changes` into the record as it was `read`; why Zoho refused, or nothing.

    No automation runs. Raises CallFailed, or Changed, after which nothing was written.
    """
    if not guard(read):
        return UNGUARDED
    spend(caller.connection, over=True)
    caller.deadline = deadline.within(CALL_SECONDS)
    body = {"data": [{**changes, "id": row.record_id}], "trigger": []}
    what = rests.name(rests.UPDATES, row.module)
    try:
        # By the id in the body: for this address Zoho documents the guard.
        answer = caller.ask(
            ApiCall.Kind.UPDATE,
            "PUT",
            f"/crm/v8/{row.module}",
            secret=True,
            headers=guard(read),
            json=body,
        )
        outcome = read_other(answer.status, answer.body)
        if outcome.verdict not in OF_THE_RECORD:
            raise CallFailed(outcome)
    except CallFailed as failure:
        rests.failed(caller.connection, what, failure.outcome, database_now())
        raise
    rests.worked(caller.connection, what)
    if outcome.reason == Reason.ALREADY_MODIFIED:
        raise Changed
    if outcome.verdict is Verdict.STORED:
        return ""
    return outcome.text or REFUSED


def guard(read: Record) -> dict[str, str]:
    """The header by which Zoho refuses the update of a record that was changed since; none where
    it does not show when that was.
    """
    return {"If-Unmodified-Since": str(read[MODIFIED])} if modified(read) else {}


def modified(read: Record) -> datetime | None:
    """When the record was changed last; None where it does not show that."""
    last = read.get(MODIFIED)
    try:
        moment = datetime.fromisoformat(last) if isinstance(last, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def is_fresh(read: Record, now: datetime) -> bool:
    """Whether it was changed so lately that another change of the same second may follow."""
    moment = modified(read)
    return moment is not None and now - moment < SECOND_IS_OVER
