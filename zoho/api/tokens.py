"""The access token that all workers on all machines share, and its one refresher."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import client, oauth
from zoho.models import Connection

REFRESHING = Sentence(_("Another worker is refreshing the access token."))()
LOCKED = Sentence(
    _("The stored credentials were locked with a key that is no longer in FIELD_KEYS.")
)()
NO_CREDENTIALS = Sentence(_("Enter Zoho's credentials."))()
OF_THE_TOKEN = Sentence(_("Access token: %(what)s"))
REFRESH_SECONDS = 15
"""How long one refresh may take; its lease is a little longer."""
EARLY = timedelta(minutes=2)
"""A token is renewed before it expires, so that it outlives the call it is used for."""
WINDOW = timedelta(minutes=10)
MOST_IN_WINDOW = 10
"""Zoho gives a refresh token 10 access tokens in 10 minutes."""
ACCESS_DENIED_WAIT = 600.0
"""Seconds to keep still once Zoho says so: asking while throttled seems to prolong the lock."""
COOL_DOWN = 5.0
"""Seconds for which a failed refresh stands for all who were waiting for it."""

REVOKED = {
    "invalid_code",
    "invalid_client",
    "invalid_client_secret",
    "invalid_redirect_uri",
    "redirect_uri_mismatch",
    # Those of OAuth itself, which Zoho does not document.
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "access_denied",
}
WEATHER = (408, 425)
"""Statuses of the accounts server that pass by themselves although they begin with a 4."""


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
        _demand_credentials(connection)
        now = database_now()
        if _usable(connection, refused, now + EARLY):
            return Token(connection.access_token, connection.api_domain, connection.access_stamp)
        _demand_no_fault(connection, now)
        if not _under_way(connection, now):
            noted = _note_refresh(connection.refreshes, now)
            until = now + timedelta(seconds=REFRESH_SECONDS + 5)
            # The one who wins asks Zoho; the others look again every 0.2 s and find its token.
            if Connection.objects.win_refresh(connection, now, until - now, noted):
                if token := _refresh(connection, until, deadline.within(REFRESH_SECONDS)):
                    return token
                continue
        if deadline.allows(1):
            deadline.clock.sleep(0.2)
        else:
            raise CallFailed(Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=REFRESHING))


def _demand_credentials(connection: Connection) -> None:
    if connection.locked_secrets:
        raise CallFailed(_fault(Reason.NOT_CONNECTED, LOCKED))
    if not connection.is_set_up:
        raise CallFailed(_fault(Reason.NOT_CONNECTED, NO_CREDENTIALS))


def _usable(connection: Connection, refused: str, at_least_until: datetime) -> bool:
    expires = connection.access_expires_at
    fresh = bool(connection.access_token and expires and expires > at_least_until)
    return fresh and connection.access_stamp != refused


def _under_way(connection: Connection, now: datetime) -> bool:
    """Whether somebody is refreshing: who waits for the tenth token is not told of the limit."""
    return connection.refreshing_until is not None and connection.refreshing_until > now


# --- Whether to ask now -------------------------------------------------------------------------


def _demand_no_fault(connection: Connection, now: datetime) -> None:
    """While a failed refresh stands, everybody gets what it came to. Raises CallFailed."""
    again_at, fault = connection.refresh_again_at, connection.refresh_fault
    wait = (again_at - now).total_seconds() if again_at else 0.0
    # A wait beyond the longest one is a clock that was set back, not a fault that stands.
    if fault is None or not 0 < wait <= ACCESS_DENIED_WAIT:
        return
    verdict = Verdict[fault["verdict"]]
    raise CallFailed(
        Outcome(
            verdict,
            Reason(fault["reason"]),
            text=fault["text"],
            status=fault["status"],
            wait=wait if verdict is Verdict.THROTTLED else None,
        )
    )


def _note_refresh(refreshes: str, now: datetime) -> str:
    """The moments of the last refreshes with this one. Raises CallFailed when there are enough."""
    since, today = (now - WINDOW).timestamp(), now.timestamp()
    # A clock that was set back must not stop refreshes for as long as it was set back.
    moments = (min(moment, today) for moment in map(float, refreshes.split()))
    recent = [moment for moment in moments if moment > since]
    if len(recent) < MOST_IN_WINDOW:
        return " ".join(f"{moment:.1f}" for moment in [*recent, today])
    text = "10 access tokens were asked for in 10 minutes; Zoho gives no more."
    wait = min(recent) - since
    raise CallFailed(Outcome(Verdict.THROTTLED, Reason.THROTTLED, text=text, wait=wait))


def count_refresh(connection_id: int) -> None:
    """Note a token request that is made aside of the shared token. Raises CallFailed."""
    while True:
        seen = Connection.objects.get(pk=connection_id)
        noted = _note_refresh(seen.refreshes, database_now())
        row = Connection.objects.filter(pk=connection_id, refreshes=seen.refreshes)
        if row.update(refreshes=noted):
            return


# --- One refresh --------------------------------------------------------------------------------


def _refresh(connection: Connection, until: datetime, deadline: Deadline) -> Token | None:
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
    except CallFailed as failure:
        # Published too: a hundred waiting leads must not become a hundred refused requests.
        values = _as_fault(failure.outcome, database_now())
        Connection.objects.end_refresh(connection.pk, until, seen, **values)
        raise
    finally:
        call.save()
    if Connection.objects.end_refresh(connection.pk, until, seen, **values):
        return Token(values["access_token"], values["api_domain"], values["access_stamp"])
    return None


def _ask(connection: Connection, call: ApiCall, deadline: Deadline) -> dict[str, Any]:
    form = {
        "grant_type": "refresh_token",
        "client_id": connection.client_id,
        "client_secret": connection.client_secret,
        "refresh_token": connection.refresh_token,
    }
    try:
        known = connection.api_domain
        grant = oauth.ask(call, deadline, connection.accounts_url, form, api_domain=known)
        return published(grant)
    except (client.NotSent, client.NoAnswer) as error:
        # Nothing of a lead was sent, whatever became of the token request.
        text = OF_THE_TOKEN(what=str(error))
        raise CallFailed(Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=text)) from None
    except oauth.Refused as refused:
        raise CallFailed(_token_fault(refused)) from None


def published(grant: oauth.Grant) -> dict[str, Any]:
    """The columns that make a token everybody's. What its answer does not say stays as it was."""
    told = {"scope": grant.scope} if grant.scope else {}
    return told | {
        "access_token": grant.access_token,
        # Told apart by a stamp: the token itself is encrypted, and no query can compare it.
        "access_stamp": uuid.uuid4().hex,
        "access_expires_at": grant.expires_at,
        "api_domain": grant.api_domain,
        "refresh_fault": None,
        "refresh_again_at": None,
    }


def _as_fault(outcome: Outcome, now: datetime) -> dict[str, Any]:
    assert outcome.reason is not None  # noqa: S101 - for the type checker
    fault = {
        "verdict": outcome.verdict.name,
        "reason": outcome.reason.value,
        "text": outcome.text,
        "status": outcome.status,
    }
    again_at = now + timedelta(seconds=outcome.wait or COOL_DOWN)
    return {"refresh_fault": fault, "refresh_again_at": again_at}


def _token_fault(refused: oauth.Refused) -> Outcome:
    text = refused.text[:500]
    if isinstance(refused, oauth.Stranger):
        return _fault(Reason.WRONG_ADDRESS, text)
    if refused.error in REVOKED:
        return _fault(Reason.TOKEN_REVOKED, text)
    if refused.error == oauth.THROTTLED or refused.status == 429:
        return Outcome(
            Verdict.THROTTLED,
            Reason.THROTTLED,
            text=text,
            status=refused.status,
            wait=ACCESS_DENIED_WAIT,
        )
    if refused.error and 400 <= refused.status < 500 and refused.status not in WEATHER:
        return _fault(Reason.ACCOUNT_REFUSED, text)
    return Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=text, status=refused.status)


def _fault(reason: Reason, text: str) -> Outcome:
    return Outcome(Verdict.DESTINATION_FAULT, reason, text=text)
