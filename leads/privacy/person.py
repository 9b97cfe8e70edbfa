"""A person, as LeadOps knows people: by an address or a telephone number. What is kept of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from leads.data import columns
from leads.models import ApiLog, CrmRecord, Lead
from leads.privacy.mentions import corrected_leads_of
from leads.privacy.traces import unread_leads_of


def leads_of(email: str = "", phone: str = "") -> QuerySet[Lead]:
    """Every lead with this address or this number, oldest first; none where both are empty.

    Compared as the desk's search does: the address without regard to case, the number exactly. Of
    what form tools sent and nobody could read, by what came; of what a person corrected, also by
    what stood there before.
    """
    known = columns({"email": email, "phone": phone})
    others = (
        unread_leads_of(email, phone) + corrected_leads_of(known) if any(known.values()) else []
    )
    wanted = Q(pk__in=others)
    for field in ("email", "phone"):
        if known[field]:
            wanted |= Q(**{field: known[field]})
    return Lead.objects.filter(wanted, erased_at=None).order_by("pk")


def same_person(lead: Lead) -> QuerySet[Lead]:
    """The lead and all others with its address or its number, oldest first."""
    others = leads_of(lead.email, lead.phone)
    return others | Lead.objects.filter(pk=lead.pk).order_by("pk")


def as_document(leads: QuerySet[Lead]) -> list[dict[str, Any]]:
    """Everything that is kept about the person behind these leads, as plain JSON values.

    One object a lead: what arrived, what was made of it, what was sent, and what people noted.
    """
    rows = leads.select_related("site", "crm_record").prefetch_related(
        "revisions", "events", "logs"
    )
    return [_lead(lead) for lead in rows]


def _lead(lead: Lead) -> dict[str, Any]:
    return {
        "id": lead.pk,
        "reference": str(lead.reference),
        "site": lead.site.name,
        "received_at": lead.received_at.isoformat(),
        "came_by": lead.source,
        "page": lead.page,
        "as_it_arrived": bytes(lead.body).decode(errors="replace"),
        "data": lead.data,
        "corrections": [
            {
                "at": revision.created_at.isoformat(),
                "data": revision.data,
                "filled_in": revision.filled or {},
            }
            for revision in lead.revisions.all()
        ],
        "status": lead.status,
        "zoho_id": lead.zoho_id,
        "what_became_of_it": _became(getattr(lead, "crm_record", None)),
        "what_people_did": [
            {"at": event.created_at.isoformat(), "what": event.kind, "note": event.note}
            for event in lead.events.all()
        ],
        "attempts": [_attempt(log) for log in lead.logs.all()],
    }


def _became(row: CrmRecord | None) -> dict[str, Any] | None:
    if row is None:
        return None
    columns = ("state", "owner", "status", "stage", "won", "currency")
    moments = {name: getattr(row, name) for name in ("converted_at", "read_at")}
    return {name: getattr(row, name) for name in columns} | {
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "amount": None if row.amount_in_full is None else str(row.amount_in_full),
    }


def _attempt(log: ApiLog) -> dict[str, Any]:
    return {
        "at": log.created_at.isoformat(),
        "response_code": log.response_code,
        "reason": log.reason,
        "words": log.reason_text,
        "record_sent": log.record,
        "answer": log.answer,
    }
