"""Rows for the tests of notices, made with as little as each test needs to say."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from leads.clock import database_now
from leads.models import ApiLog, Destination, Lead, Site
from leads.reasons import Reason, ResponseCode
from notifications.models import Notice

PERSON = {"contact_name": "Anna Maria Müller", "email": "anna@example.com", "phone": "+49 30 1"}


def a_destination(**values: Any) -> Destination:
    return Destination.objects.create(**{"name": f"Zoho {uuid.uuid4().hex[:8]}", **values})


def a_site(*recipients: str, **values: Any) -> Site:
    if "destination" not in values:
        values["destination"] = a_destination()
    values.setdefault("name", f"Site {uuid.uuid4().hex[:8]}")
    return Site.objects.create(recipients="\n".join(recipients), **values)


def a_failed_lead(site: Site, **values: Any) -> Lead:
    """A lead that Zoho refused, with the log of its attempt."""
    now = database_now()
    lead = Lead.objects.create(
        **{
            "site": site,
            "destination": site.destination,
            "body": b"{}",
            "data": PERSON,
            "fingerprint": "",
            "received_at": now,
            "status": Lead.Status.FAILED,
            "reason": Reason.TOO_LONG,
            "reason_field": "Zip_Code",
            "failed_at": now,
            "settled_at": now,
            **values,
        }
    )
    ApiLog.objects.create(
        lead=lead,
        site=site,
        response_code=ResponseCode.NOT_INSERTED,
        reason=lead.reason,
        created_at=now,
    )
    return lead


def a_notice(lead: Lead, recipient: str, **values: Any) -> Notice:
    """A notice of a failed lead that is due now."""
    now = database_now()
    return Notice.objects.create(
        **{
            "kind": Notice.Kind.LEAD_FAILED,
            "recipient": recipient,
            "site": lead.site,
            "lead": lead,
            "reason": lead.reason,
            "created_at": now,
            "due_at": now,
            **values,
        }
    )


def notices_of_failures(count: int, recipient: str = "staff@example.com") -> list[Notice]:
    """So many failed leads of one site, each noted for one recipient."""
    site = a_site(recipient)
    return [a_notice(a_failed_lead(site), recipient) for _number in range(count)]


def a_pause_notice(site: Site, recipient: str, **values: Any) -> Notice:
    """A notice that the site's destination stopped sending."""
    now = database_now()
    return Notice.objects.create(
        **{
            "kind": Notice.Kind.PAUSED,
            "recipient": recipient,
            "destination": site.destination,
            "reason": Reason.TOKEN_REVOKED,
            "created_at": now,
            "due_at": now,
            **values,
        }
    )


def a_waiting_notice(site: Site, recipient: str) -> Notice:
    """A notice that twelve leads of the site wait."""
    now = database_now()
    return Notice.objects.create(
        kind=Notice.Kind.LEADS_WAITING,
        recipient=recipient,
        site=site,
        count=12,
        created_at=now,
        due_at=now,
    )


def make_due(*notices: Notice) -> None:
    """Let the wait of notices be over."""
    past = database_now() - timedelta(seconds=1)
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(due_at=past)
