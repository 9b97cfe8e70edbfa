"""Calls to one Zoho organisation: with the shared token, on record, and once more where refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall
from leads.reasons import Reason
from zoho.api import client, oauth
from zoho.api.tokens import CallFailed, Token, get_token
from zoho.models import Connection

OF_EVERY_CALL = (Reason.TOKEN_REVOKED, Reason.NOT_CONNECTED, Reason.NOT_REACHED)
"""What a new token was refused for that no call goes without. Any other refusal leaves the old one,
which may do for inserts although a question was refused with it.
"""


class Caller:
    """Sends requests for a connection until the deadline, all with the same token if it holds."""

    def __init__(
        self, connection: Connection, deadline: Deadline, claim: UUID | None = None
    ) -> None:
        self.connection = connection
        self.deadline = deadline
        self.claim = claim
        """The batch that the calls are made for: a query names its addresses."""
        self.token: Token | None = None
        self.latest: ApiCall | None = None
        """The call that was sent last: not the one handed in, where a token had to be renewed."""

    def open(self, kind: str, leads: int = 0, claim: UUID | None = None) -> ApiCall:
        """A call that is on record before it leaves."""
        return ApiCall.objects.create(
            destination=self.connection.destination,
            kind=kind,
            leads=leads,
            claim=claim or self.claim,
            started_at=database_now(),
        )

    def ask(self, kind: str, method: str, path: str, **content: Any) -> client.ZohoAnswer:
        """One request that carries no lead, so that silence is no unknown outcome.

        Raises CallFailed.
        """
        self.token = self.token or get_token(self.connection.pk, self.deadline)
        call = self.open(kind)
        try:
            return self.call(call, method, path, nothing_sent=True, **content)
        finally:
            (self.latest or call).save()

    def call(
        self, call: ApiCall, method: str, path: str, nothing_sent: bool = False, **content: Any
    ) -> client.ZohoAnswer:
        """Send one request; a refused token is refreshed once and the request sent once more.

        The call is `latest` when this returns or raises CallFailed, and is not saved.
        """
        self.latest = call
        self.token = self.token or get_token(self.connection.pk, self.deadline)
        answer = self._send(call, method, path, nothing_sent, content)
        if not _token_refused(answer):
            return naming_the_scope(answer, method, path)
        try:
            self.token = get_token(self.connection.pk, self.deadline, refused=self.token.stamp)
        except CallFailed as failure:
            if nothing_sent and failure.outcome.reason not in OF_EVERY_CALL:
                return answer
            raise
        call.save()
        self.latest = again = self.open(call.kind, call.leads, call.claim)
        return self._send(again, method, path, nothing_sent, content)

    def _send(
        self, call: ApiCall, method: str, path: str, nothing_sent: bool, content: dict[str, Any]
    ) -> client.ZohoAnswer:
        assert self.token is not None  # noqa: S101 - for the type checker
        url = f"{self.token.api_domain}{path}"
        try:
            return client.send(call, self.deadline, method, url, token=self.token.value, **content)
        except client.NotSent as error:
            raise CallFailed(
                Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED, text=str(error))
            ) from None
        except client.NoAnswer as error:
            verdict = Verdict.NOT_SENT if nothing_sent else Verdict.UNKNOWN
            raise CallFailed(Outcome(verdict, Reason.NO_ANSWER, text=str(error))) from None


def naming_the_scope(answer: client.ZohoAnswer, method: str, path: str) -> client.ZohoAnswer:
    """The answer, which says which scope is missing where it says only that one is."""
    content = answer.json()
    if not isinstance(content, dict) or content.get("code") != "OAUTH_SCOPE_MISMATCH":
        return answer
    details = content.get("details")
    details = details if isinstance(details, dict) else {}
    told = content | {"details": {"needed_scope": oauth.needed(method, path), **details}}
    return replace(answer, body=json.dumps(told).encode())


def _token_refused(answer: client.ZohoAnswer) -> bool:
    content = answer.json()
    code = content.get("code") if isinstance(content, dict) else None
    return answer.status == 401 and code != "OAUTH_SCOPE_MISMATCH"
