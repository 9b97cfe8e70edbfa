"""What Django and the core say of accounts, exports, erasures and keys becomes evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.evidence.rows import SecurityEvent
from leadops.accounts.evidence.seal import sweep_evidence
from leads.signals import person_erased, pruned, security_event, swept
from leads.via import acting_token

METHODS = "account_authentication_methods"
"""Where django-allauth keeps how a session came about."""

FACTOR_WORDS = {
    mfa.authenticator_added: "added",
    mfa.authenticator_removed: "removed",
    mfa.authenticator_reset: "made anew",
}
"""What django-allauth says of a factor, and how that is told."""


def listen() -> None:
    """Connect to the signals."""
    user_logged_in.connect(_logged_in, dispatch_uid="evidence.logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="evidence.logged_out")
    user_login_failed.connect(_failed, dispatch_uid="evidence.login_failed")
    for signal, words in FACTOR_WORDS.items():
        signal.connect(partial(_factor, words), weak=False, dispatch_uid=f"evidence.{words}")
    security_event.connect(_event, dispatch_uid="evidence.event")
    person_erased.connect(forget_person, dispatch_uid="evidence.person_erased")
    pruned.connect(forget_old, dispatch_uid="evidence.pruned")
    swept.connect(sweep_evidence, dispatch_uid="evidence.swept")


def method_of(request: Any) -> str:
    """How a session came about: `password`, or `password+mfa` where more was asked."""
    told = getattr(request, "session", {}).get(METHODS, [])
    names = [str(one.get("method", "")) for one in told if isinstance(one, dict)]
    return "+".join(dict.fromkeys(filter(None, names))) or "password"


def _logged_in(sender: Any, user: Any, request: Any = None, **_signal: Any) -> None:
    record(Kind.LOGGED_IN, account=user, method=method_of(request), request=request)


def _logged_out(sender: Any, user: Any = None, request: Any = None, **_signal: Any) -> None:
    if user is not None:
        record(Kind.LOGGED_OUT, account=user, method="session", request=request)


def _failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    # What was typed as a name may be a password: it is looked up, and kept nowhere.
    account = account_named(credentials.get(get_user_model().USERNAME_FIELD))
    record(Kind.LOGIN_FAILED, account=account, method="password", request=request)


def account_named(name: object) -> int | None:
    """The id of the account of this name; None where there is none."""
    if not isinstance(name, str) or not name or "\x00" in name:
        return None
    users = get_user_model()._default_manager.filter(username=name[:150])
    return users.values_list("pk", flat=True).first()


def _factor(
    words: str, sender: Any, user: Any, authenticator: Authenticator, **signal: Any
) -> None:
    about = f"{authenticator.get_type_display()}: {words}"
    record(Kind.FACTOR, account=user, about=about, method="session", request=signal.get("request"))


def _event(sender: Any, kind: str, user: Any = None, about: str = "", **_signal: Any) -> None:
    method = "token" if acting_token() else "session"
    method = method if getattr(user, "pk", None) else "command"
    record(kind, account=user, about=about, method=method)


def forget_person(sender: Any, emails: Iterable[str], **_signal: Any) -> None:
    """Who is erased may have an account, or be named in what an event is about."""
    addresses = {email.casefold() for email in emails}
    known = get_user_model()._default_manager.exclude(email="").values_list("pk", "email")
    accounts = [pk for pk, email in known if email.casefold() in addresses]
    SecurityEvent.objects.of_person(accounts, addresses).blank()


def forget_old(sender: Any, now: datetime, **_signal: Any) -> None:
    """Once a day."""
    SecurityEvent.objects.blank_old(now)
