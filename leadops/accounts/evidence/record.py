"""`record`: what log-ins, failures, changes of factors, exports, erasures and keys leave behind."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from leadops.accounts.evidence import asking
from leadops.accounts.evidence.rows import LONGEST_ABOUT, SecurityEvent, id_of
from leads import networks
from leads.clock import database_now
from leads.store import database

log = logging.getLogger("leadops.security")

Kind = SecurityEvent.Kind

WORDS = {
    Kind.LOGGED_IN: "logged in",
    Kind.LOGGED_OUT: "logged out",
    Kind.LOGIN_FAILED: "login failed",
    Kind.CODE_FAILED: "code failed",
    Kind.LOCKED: "locked",
    Kind.FACTOR: "second factor changed",
    Kind.PASSWORD: "password changed",
    Kind.SESSIONS: "sessions ended",
    Kind.RIGHTS: "rights changed",
    Kind.KEY: "key or secret",
    Kind.CONNECTION: "zoho connected",
    Kind.EXPORT: "export",
    Kind.ERASURE: "erasure",
    Kind.LINKED: "sign-in linked",
    Kind.UNLINKED: "sign-in unlinked",
    Kind.SSO_REFUSED: "single sign-on refused",
}
"""As a line of the log begins. `deploy/fail2ban/leadops-filter.conf` reads some of them."""
FAILURES = {Kind.LOGIN_FAILED, Kind.CODE_FAILED, Kind.LOCKED, Kind.SSO_REFUSED}
MOST_A_MINUTE = 200
"""Rows of failures of one minute; all further ones share a row without an address."""


def record(
    kind: SecurityEvent.Kind | str,
    *,
    account: Any = None,
    about: str = "",
    method: str = "",
    request: HttpRequest | None = None,
) -> None:
    """Keep an event: a line in the log, and a row in the transaction that is under way.

    `account` is the user, or the id, of an account that exists; None for everybody else: what was
    typed as a name is never handed over. `about` names ids and labels of the set-up, never a
    person of a lead. The address is that of the request, or of the one that is being answered.
    """
    kind, pk = Kind(kind), id_of(account)
    address = networks.client_address(request) if request else asking.address()
    line = f"{WORDS[kind]}: account {pk or 'unknown'} from {address or 'unknown'} by %s"
    method = printable(method)[:40]
    log.log(logging.WARNING if kind in FAILURES else logging.INFO, line, method or "unknown")
    event = SecurityEvent(
        at=database_now(),
        kind=kind,
        account=pk,
        method=method,
        address=address,
        about=printable(about)[:LONGEST_ABOUT],
        salt=new_salt(),
    )
    if kind in FAILURES:
        count_failure(event)
    else:
        event.save(force_insert=True)


def new_salt() -> str:
    """So that nobody can try which address a digest is of."""
    return secrets.token_hex(16)


@transaction.atomic
def count_failure(event: SecurityEvent) -> None:
    """Add to the row of its account, network and minute. One process at a time."""
    database.lock_names(["security events"])
    event.minute = minute_of(event.at)
    event.address = networks.network_of(event.address)
    event.about = ""
    of_minute = SecurityEvent.objects.filter(minute=event.minute, seq=None)
    same = of_minute.filter(kind=event.kind, account=event.account)
    if same.filter(address=event.address).update(count=F("count") + 1):
        return
    if of_minute.count() >= MOST_A_MINUTE:
        event.address = ""
        if same.filter(address="").update(count=F("count") + 1):
            return
    event.save(force_insert=True)


def minute_of(moment: datetime) -> datetime:
    """When the minute began."""
    return moment.replace(second=0, microsecond=0)


def printable(text: str) -> str:
    r"""The text on one line: what is not printed is written as an escape, a backslash doubled."""
    return "".join(_escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    if sign.isprintable() and sign != "\\":
        return sign
    return sign.encode("unicode_escape").decode()
