"""Every change of a lead's state, by name, with all the columns that go with it.

A transition is data: what is to be written in which column. It is worked out from the lead as it
stands, and `leads.apply` writes it, for one lead and for thousands. Nothing else writes a status,
so no two ways to the same state can leave different columns behind.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from django.db.models import F

from leads.models.lead import NORMAL_BATCH, Lead, LeadEvent
from leads.reasons import Reason

Status, Kind = Lead.Status, LeadEvent.Kind
Change = dict[str, Any]
"""Columns and what is written in them."""


class Mendable(Protocol):
    """What must be known of a lead to send it again, or of the few columns that stand for one."""

    status: str
    reason: str
    update_existing: bool


# --- Arriving ----------------------------------------------------------------------------------


def received(now: datetime) -> Change:
    """New, and due at once."""
    return _waiting(now) | {"queued_at": now}


# --- Delivery ----------------------------------------------------------------------------------


def claimed(token: UUID, lease_ends: datetime) -> Change:
    """In the hands of a worker, until its lease ends."""
    return {"status": Status.SENDING, "claim": token, "due_at": lease_ends}


def delivered(now: datetime, zoho_id: str) -> Change:
    """In the CRM, as the record of this id."""
    return _settled(Status.DELIVERED, now) | why() | {"zoho_id": zoho_id}


def failed(now: datetime, reason: Reason | str, field: str = "", text: str = "") -> Change:
    """A person must look: refused by the CRM, held by a rule, or given up by the engine."""
    return _settled(Status.FAILED, now) | why(reason, field, text) | {"failed_at": now}


def put_off(due_at: datetime, reason: Reason | str, field: str = "", text: str = "") -> Change:
    """To be sent again by itself, and why it was not stored this time."""
    return _waiting(due_at) | why(reason, field, text)


def due_again(due_at: datetime) -> Change:
    """As it was before the claim: no call was made."""
    return _waiting(due_at)


def perhaps_landed(lead: Lead) -> Change:
    """The outcome of a try is unknown: which revision may be in the CRM since the first such."""
    landed = lead.revision if lead.landed_revision is None else lead.landed_revision
    return {"maybe_landed": True, "landed_revision": landed}


def why(reason: Reason | str = "", field: str = "", text: str = "") -> Change:
    """Why it is not in the CRM; nothing for one that is."""
    return {"reason": reason, "reason_field": field[:100], "reason_text": text[:500]}


# --- Decisions ---------------------------------------------------------------------------------


def queued(lead: Mendable, now: datetime, due_at: datetime, band: int) -> Change:
    """Sent again by a person: what has failed begins anew, what waits only goes sooner.

    `failed_at` stays: when it failed last. A bulk retry that is stopped goes back to that.
    """
    change = _waiting(due_at) | {"band": band}
    if lead.status != Status.FAILED:
        return change
    change |= {"queued_at": now, "attempts": 0, "deaths": 0, "batch_limit": NORMAL_BATCH}
    if lead.reason == Reason.OUTCOME_UNKNOWN:
        # Who retries such a lead has looked in Zoho and says that it is not there.
        change |= {"maybe_landed": False, "landed_revision": None}
    return change


def chosen(lead: Mendable, kind: str, bulk_id: int | None = None) -> Change:
    """What a person's way of sending it again says, whether a rule holds it then or not.

    Over the record in its way it goes where that is chosen, until a plain retry takes it back.
    """
    kept = lead.status == Status.QUEUED or kind == Kind.CORRECTED
    change: Change = {
        "bulk_id": bulk_id,
        "update_existing": kind == Kind.UPDATED or (kept and lead.update_existing),
    }
    if kind in (Kind.SENT_ANYWAY, Kind.UPDATED):
        change["skip_duplicate_rule"] = True
    return change


def returned() -> Change:
    """Failed as before the bulk retry that is stopped: with its reason, at its old place."""
    return _settled(Status.FAILED, F("failed_at")) | {"bulk_id": None}


def entered(now: datetime, zoho_id: str) -> Change:
    """Typed into the CRM by a person."""
    return _settled(Status.ENTERED, now) | {"zoho_id": zoho_id}


def discarded(now: datetime) -> Change:
    """Given up."""
    return _settled(Status.DISCARDED, now)


def erased(lead: Lead, now: datetime) -> Change:
    """Without its person: what waits is given up, as nothing is left to be sent or mended."""
    gone = discarded(now) if lead.status in Lead.MENDABLE else {}
    return {**gone, "erased_at": now}


def undone(before: Any) -> Change:
    """What it was before a decision, as `remembered` kept it."""
    return {name: _moment(value) if _is_time(name) else value for name, value in before.items()}


def remembered(lead: Lead) -> Change:
    """The columns that a decision may change, as JSON; times to the microsecond."""
    values = {name: getattr(lead, name) for name in decided()}
    return {k: v.isoformat() if v and _is_time(k) else v for k, v in values.items()}


@cache
def decided() -> tuple[str, ...]:
    """The columns that a decision which can be undone may change. Never the reason."""
    lead, now = Lead(status=Status.FAILED, reason=Reason.OUTCOME_UNKNOWN), datetime.min  # noqa: DTZ901 - any
    changes = (
        queued(lead, now, now, Lead.Band.NORMAL) | chosen(lead, Kind.UPDATED),
        entered(now, ""),
        discarded(now),
        # A version of before this one has cleared it, and looks for it when it takes back.
        {"failed_at": now},
    )
    return tuple(dict.fromkeys(name for change in changes for name in change))


def become(lead: Lead, change: Change) -> None:
    """Make the object what its row will be."""
    for name, value in change.items():
        setattr(lead, name, value)


def _waiting(due_at: datetime) -> Change:
    return {"status": Status.QUEUED, "claim": None, "due_at": due_at, "settled_at": None}


def _settled(status: str, settled_at: datetime | F) -> Change:
    return {
        "status": status,
        "claim": None,
        "due_at": None,
        "queued_at": None,
        "settled_at": settled_at,
    }


def _is_time(name: str) -> bool:
    return name.endswith("_at")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
