"""The access token that all workers on all machines share, and its one refresher."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall
from leads.reasons import Reason
from zoho import client
from zoho.models import Connection

REFRESH_SECONDS = 15
"""How long one refresh may take; its lease is a little longer."""
EARLY = timedelta(minutes=2)
"""A token is renewed before it expires, so that it outlives the call it is used for."""
ACCESS_DENIED_WAIT = 600.0
"""Zoho gives 10 tokens in 10 minutes; asking while throttled seems to prolong the lock."""

REVOKED = {
    "invalid_code",
    "invalid_client",
    "invalid_client_secret",
    "invalid_redirect_uri",
    "redirect_uri_mismatch",
}


@dataclass(frozen=True)
class Token:
    """A token, where to use it, and the stamp that tells it from the next one."""

    value: str
    api_domain: str
    stamp: str


class CallFailed(Exception):
    """A step before the insert failed; `outcome` is what that means for each lead."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


def get_token(connection_id: int, deadline: Deadline, refused: str = "") -> Token:
    """The shared token, refreshed by whoever comes first when it is old.

    `refused` is the stamp of a token that Zoho just refused. Raises CallFailed.
    """
    while True:
        connection = Connection.objects.select_related("destination").get(pk=connection_id)
        if not connection.is_set_up:
            raise CallFailed(_fault(Reason.NOT_CONNECTED, "Enter Zoho's credentials."))
        now = database_now()
        if _usable(connection, refused, now + EARLY):
            return Token(connection.access_token, connection.api_domain, connection.access_stamp)
        lease = timedelta(seconds=REFRESH_SECONDS + 5)
        if Connection.objects.take_refresh(
            pk=connection_id, seen=connection.access_stamp, now=now, lease=lease
        ):
            if token := _refresh(connection, deadline.within(REFRESH_SECONDS)):
                return token
        elif deadline.allows(1):
            deadline.clock.sleep(0.2)
        else:
            text = "Another worker is refreshing the access token."
            raise CallFailed(Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=text))


def _usable(connection: Connection, refused: str, at_least_until: datetime) -> bool:
    expires = connection.access_expires_at
    fresh = bool(connection.access_token and expires and expires > at_least_until)
    return fresh and connection.access_stamp != refused


def _refresh(connection: Connection, deadline: Deadline) -> Token | None:
    """Ask for a new token and publish it, outside any transaction. Raises CallFailed.

    None when the connection changed meanwhile, and with it whose token this is.
    """
    seen = connection.access_stamp
    call = ApiCall.objects.create(
        destination=connection.destination,
        kind=ApiCall.Kind.TOKEN,
        started_at=database_now(),
    )
    try:
        values = _ask(connection, call, deadline)
    except CallFailed:
        Connection.objects.filter(pk=connection.pk).update(refreshing_until=None)
        raise
    finally:
        call.save()
    stamp = uuid.uuid4().hex
    if not Connection.objects.store_token(connection.pk, seen, access_stamp=stamp, **values):
        return None
    return Token(str(values["access_token"]), str(values["api_domain"]), stamp)


def _ask(connection: Connection, call: ApiCall, deadline: Deadline) -> dict[str, object]:
    url = f"{connection.accounts_url.rstrip('/')}/oauth/v2/token"
    form = {
        "grant_type": "refresh_token",
        "client_id": connection.client_id,
        "client_secret": connection.client_secret,
        "refresh_token": connection.refresh_token,
    }
    try:
        answer = client.send(call, deadline, "POST", url, data=form, secret=True)
    except (client.NotSent, client.NoAnswer) as error:
        # Nothing of a lead was sent, whatever became of the token request.
        text = f"Access token: {error}"
        raise CallFailed(Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=text)) from None
    return _read_token(answer, call)


def _read_token(answer: client.Answer, call: ApiCall) -> dict[str, object]:
    """The token in the answer. Its status says nothing: errors come with HTTP 200 too."""
    content = answer.json()
    content = content if isinstance(content, dict) else {}
    token, domain = content.get("access_token"), content.get("api_domain")
    if isinstance(token, str) and token and isinstance(domain, str) and domain:
        seconds = content.get("expires_in_sec", content.get("expires_in"))
        return {
            "access_token": token,
            "api_domain": domain.rstrip("/"),
            "access_expires_at": call.started_at + timedelta(seconds=_lifetime(seconds)),
        }
    named = content.get("error")
    error = named if isinstance(named, str) else ""
    call.error = f"error: {error}"[:500] if error else "no access token in it"
    raise CallFailed(_token_fault(error, answer.status))


def _token_fault(error: str, status: int) -> Outcome:
    text = f"The accounts server answered HTTP {status}, error {error}."[:500]
    if error in REVOKED:
        return _fault(Reason.TOKEN_REVOKED, text)
    if error == "Access Denied":
        return Outcome(
            Verdict.THROTTLED, Reason.THROTTLED, text=text, status=status, wait=ACCESS_DENIED_WAIT
        )
    return Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=text, status=status)


def _lifetime(seconds: object) -> float:
    """Seconds a token lives; an hour where the answer does not say, never more than that."""
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        return float(min(seconds, 3600))
    return 3600.0


def _fault(reason: Reason, text: str) -> Outcome:
    return Outcome(Verdict.DESTINATION_FAULT, reason, text=text)
