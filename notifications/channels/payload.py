"""What a signed webhook carries, in the form of Standard Webhooks (standardwebhooks.com)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import override

from leads.models import Lead
from leads.reasons import Reason
from leads.signing import standard_webhooks
from notifications.models import Notice
from notifications.wording.events import MOST_COUNTED, event
from notifications.wording.links import lead_url, table_of
from notifications.wording.values import LONGEST_LABEL, one_line

PERSONAL_BYTES = 512 * 1024
"""Of leads' data in one call; what is beyond is read in LeadOps."""
NAMESPACE = uuid.UUID("6f1d2b7e-7c55-4d0f-9d3e-0c9a5f1e1300")


def body_of(
    notices: Sequence[Notice], total: int, others: Sequence[Notice], personal: bool
) -> bytes:
    """The JSON of one call: `type`, `timestamp` and `data`."""
    with override("en"):  # for programs
        return _told(notices, total, others, personal)


def _told(notices: Sequence[Notice], total: int, others: Sequence[Notice], personal: bool) -> bytes:
    first = notices[0]
    content = {
        "type": first.kind,
        "timestamp": max(notice.created_at for notice in notices).astimezone(UTC).isoformat(),
        "data": _failures(notices, total, others, personal) if first.lead_id else _events(notices),
    }
    # ASCII alone, so that a lone surrogate in a lead is no obstacle.
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def headers_of(
    notices: Sequence[Notice], body: bytes, secrets: Sequence[str], now: datetime
) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp` and `webhook-signature` (HMAC-SHA256), one a secret.

    The id follows from what the call speaks for: a repeat of the same has the same id.
    """
    named = ",".join(str(notice.pk) for notice in notices)
    return signed(f"msg_{uuid.uuid5(NAMESPACE, named).hex}", body, secrets, now)


def signed(message: str, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of a call with this id, signed with each of the secrets."""
    words = standard_webhooks.headers(message, now, body, secrets)
    return {"Content-Type": "application/json", "User-Agent": "LeadOps", **words}


def _failures(
    notices: Sequence[Notice], total: int, others: Sequence[Notice], personal: bool
) -> dict[str, Any]:
    room = PERSONAL_BYTES if personal else 0
    leads = []
    for notice in notices:
        if notice.lead is not None:
            entry = _lead(notice.lead, notice)
            if room > 0:
                entry["fields"] = notice.lead.current_data()
                room -= len(json.dumps(entry["fields"]))
            leads.append(entry)
    leads += [{"id": other.lead_id, "url": lead_url(other.lead_id)} for other in others]
    return {"count": total, "url": table_of([*notices, *others]), "leads": leads}


def _lead(lead: Lead, notice: Notice) -> dict[str, Any]:
    return {
        "id": lead.pk,
        "reference": str(lead.reference),
        "url": lead_url(lead.pk),
        "site": _named(notice.site),
        "received_at": lead.received_at.astimezone(UTC).isoformat(),
        "reason": _reason(lead.reason or notice.reason),
    }


def _events(notices: Sequence[Notice]) -> dict[str, Any]:
    return {
        "count": len(notices),
        "events": [
            {
                "title": event(notice).title,
                "detail": event(notice).detail,
                "url": event(notice).url,
                "site": _named(notice.site),
                "destination": _named(notice.destination),
                "reason": _reason(notice.reason),
                "leads": notice.count if notice.kind == Notice.Kind.LEADS_WAITING else None,
                "still_failed": notice.still_failed and min(notice.still_failed, MOST_COUNTED),
                "at": notice.created_at.astimezone(UTC).isoformat(),
            }
            for notice in notices
        ],
    }


def _named(row: Any) -> dict[str, Any] | None:
    return row and {"id": row.pk, "name": one_line(row.name, LONGEST_LABEL)}


def _reason(code: str) -> dict[str, str] | None:
    return {"code": code, "title": Reason.title_of(code)} if code else None
