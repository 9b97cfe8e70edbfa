"""What one call to an endpoint carries, in the form of Standard Webhooks (standardwebhooks.com)."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import override

from leads.counters.sales.click_ids import click_id_of
from leads.models import CrmRecord, Lead
from leads.reasons import Reason, ResponseCode
from notifications.channels.payload import signed
from notifications.models import Endpoint, Event, Message
from notifications.wording.values import LONGEST_LABEL, one_line

CODES = {
    Lead.Status.DELIVERED: ResponseCode.INSERTED,
    Lead.Status.FAILED: ResponseCode.NOT_INSERTED,
}
"""The API log's code, where the event is the end of an attempt."""
NAMESPACE = uuid.UUID("0b8c6f64-5c0f-4a6f-9a39-2f1a4f0f7c11")


def body_of(message: Message, endpoint: Endpoint, site: str) -> bytes:
    """The JSON of one call: `type`, `timestamp` and `data`. Nothing of the person is in it, unless
    the endpoint is one with personal data.
    """
    with override("en"):  # for programs
        data: dict[str, Any] = {"site": {"id": endpoint.site_id, "name": _line(site)}}
        if message.lead is not None:
            data |= _about(message, message.lead)
            if message.event == Event.CONVERTED:
                data["deal"] = _deal(message.lead)
            if endpoint.personal_data:
                data["fields"] = message.lead.current_data()
                if data.get("deal"):
                    data["google_ads"] = _click(message.lead, data["deal"]["converted_at"])
    content = {
        "type": message.event,
        "timestamp": message.created_at.astimezone(UTC).isoformat(),
        "data": data,
    }
    # ASCII alone, so that a lone surrogate in a lead is no obstacle.
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def headers_of(message: Message, endpoint: Endpoint, body: bytes, now: datetime) -> dict[str, str]:
    """The signed headers. The same message has the same id, however often it is sent."""
    about = message.lead.reference if message.lead else endpoint.created_at.isoformat()
    named = f"msg_{uuid.uuid5(NAMESPACE, f'{message.pk} {about}').hex}"
    return signed(named, body, endpoint.signing_secrets(now), now)


def _about(message: Message, lead: Lead) -> dict[str, Any]:
    return {
        "id": lead.pk,
        "reference": str(lead.reference),
        "test": lead.is_test,
        "status": message.lead_status,
        "code": CODES.get(Lead.Status(message.lead_status)),
        "reason": _reason(message.reason),
        "zoho_id": message.zoho_id or None,
    }


def _deal(lead: Lead) -> dict[str, Any] | None:
    """When it was converted, and into what, as far as that is known by now."""
    row = CrmRecord.objects.filter(lead=lead).first()
    if row is None or row.converted_at is None:
        return None
    return {
        "converted_at": row.converted_at.astimezone(UTC).isoformat(),
        "stage": row.stage or None,
        "amount": None if row.amount_in_full is None else f"{row.amount_in_full:.3f}",
        "currency": row.currency or None,
        "won": row.won,
    }


def _click(lead: Lead, converted_at: str) -> dict[str, str] | None:
    """The click that the lead came by and the time of its conversion, as Google Ads reads them:
    `yyyy-MM-dd HH:mm:ss+z`, of "Import conversions from ad clicks" in its help.
    """
    if not (click_id := click_id_of(lead.page, lead.data)):
        return None
    moment = datetime.fromisoformat(converted_at)
    return {"gclid": click_id, "conversion_time": f"{moment:%Y-%m-%d %H:%M:%S}+0000"}


def _reason(code: str) -> dict[str, str] | None:
    return {"code": code, "title": Reason.title_of(code)} if code else None


def _line(name: str) -> str:
    return one_line(name, LONGEST_LABEL)
