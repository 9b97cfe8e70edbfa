"""Which organisation a token belongs to: two of one data centre are told apart by nothing else."""

from __future__ import annotations

from leads.clock import Deadline, database_now
from leads.models import ApiCall, Destination
from zoho.api import client, oauth
from zoho.models import Connection

ORG = "/crm/v8/org"
SCOPE = "ZohoCRM.org.READ"
SECONDS = 4.0
"""How long it may take: whoever connects waits for it, and connecting goes on without it."""
LONGEST = 40


def of_grant(destination: Destination, deadline: Deadline, grant: oauth.Grant) -> str:
    """The organisation that was just connected, by its id; empty where Zoho does not say."""
    if grant.scope and oauth.missing(grant.scope, [SCOPE]):
        return ""
    return _ask(destination, deadline, grant.api_domain, grant.access_token)


def of_connection(before: Connection, deadline: Deadline) -> str:
    """The one that was connected before. Asked only where it was never kept, and with the token
    that is there: a new one may be refused, and would count among the ten that Zoho gives.
    """
    if before.organisation:
        return before.organisation
    until = before.access_expires_at
    alive = before.access_token and until is not None and until > database_now()
    if not alive or (before.scope and oauth.missing(before.scope, [SCOPE])):
        return ""
    return _ask(before.destination, deadline, before.api_domain, before.access_token)


def read(content: object) -> str:
    """The id in an answer; empty where it holds none, whatever it is."""
    found = content.get("org") if isinstance(content, dict) else None
    first = found[0] if isinstance(found, list) and found else None
    told = first.get("zgid") if isinstance(first, dict) else None
    text = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
    return text if text.isascii() and text.isalnum() and len(text) <= LONGEST else ""


def _ask(destination: Destination, deadline: Deadline, api_domain: str, token: str) -> str:
    """On record like every call. No answer to it, and none at all, stops anything."""
    call = ApiCall.objects.create(
        destination=destination, kind=ApiCall.Kind.METADATA, started_at=database_now()
    )
    try:
        url = f"{api_domain.rstrip('/')}{ORG}"
        answer = client.send(call, deadline.within(SECONDS), "GET", url, token=token)
    except (client.NotSent, client.NoAnswer):
        return ""
    finally:
        call.save()
    return read(answer.json()) if answer.status == 200 else ""
