"""Zoho's accounts server: its three requests, its answers, and its errors in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_noop as _

from leads.clock import Deadline
from leads.models import ApiCall
from leads.shown.sentences import Sentence
from zoho.api import client
from zoho.api.datacentres import api_fault, usual_api_domain

SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.modules.READ",
    "ZohoCRM.settings.layouts.READ",
    "ZohoCRM.settings.assignment_rules.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
    "ZohoSearch.securesearch.READ",
)
"""What LeadOps asks for: records of any module, and what the checks and mappings read."""

THROTTLED = "Access Denied"
TAKEN_AWAY = Sentence(
    _(
        "If this worked before: Zoho keeps 20 refresh tokens for each user and client, and whoever "
        "made the 21st ended the oldest; or it was revoked. Connect again, and have each program "
        "use a client of its own. A new code: it is wrong, was used before or has expired; it "
        "lives a few minutes, so make another one and enter it at once."
    )
)()
NO_SUCH_ADDRESS = Sentence(_("The client in Zoho's API console lacks this redirect address."))()
ERRORS = {
    "invalid_code": TAKEN_AWAY,
    "invalid_client": Sentence(
        _("Zoho does not know this client id, or it belongs to another data centre.")
    )(),
    "invalid_client_secret": Sentence(_("The client secret does not belong to the client id."))(),
    "invalid_redirect_uri": NO_SUCH_ADDRESS,
    "redirect_uri_mismatch": NO_SUCH_ADDRESS,
    "access_denied": Sentence(_("Access was declined at Zoho. Nothing was changed."))(),
    THROTTLED: Sentence(
        _("Zoho gives 10 tokens in 10 minutes, and they are used up. Wait ten minutes.")
    )(),
}
OF_ZOHO = Sentence(_("%(what)s (Zoho: %(error)s)"))
UNKNOWN_ERROR = Sentence(_("The accounts server gave error “%(error)s”."))
NO_TOKEN = Sentence(_("The accounts server gave an answer without a token."))()


@dataclass(frozen=True)
class Grant:
    """What a good answer of the token address holds."""

    access_token: str
    api_domain: str
    expires_at: datetime
    scope: str
    refresh_token: str


class Refused(Exception):
    """The accounts server answered, and gave no token that could be used.

    `text` is English, as it is stored; people are shown it by `leads.shown.sentences`.
    """

    def __init__(self, error: str, text: str, status: int) -> None:
        super().__init__(text)
        self.error, self.text, self.status = error, text, status


class Stranger(Refused):
    """The answer held a token and an address that it must not be sent to."""


def ask(
    call: ApiCall,
    deadline: Deadline,
    accounts_url: str,
    form: dict[str, str],
    refresh_token: str = "",
    api_domain: str = "",
) -> Grant:
    """Request a token; the grant names `refresh_token` where the answer brings no new one, and
    `api_domain`, else the address of the data centre, where it names none to use it at.

    Raises Refused, client.NotSent or client.NoAnswer; `call` is not saved.
    """
    url = f"{accounts_url.rstrip('/')}/oauth/v2/token"
    answer = client.send(call, deadline, "POST", url, data=form, secret=True)
    try:
        grant = _read(answer, accounts_url, call.started_at, api_domain)
        return grant if grant.refresh_token else replace(grant, refresh_token=refresh_token)
    except Refused as refused:
        call.error = (f"error: {refused.error}" if refused.error else refused.text)[:500]
        raise


def _read(answer: client.ZohoAnswer, accounts_url: str, asked_at: datetime, known: str) -> Grant:
    """The token in the answer. Its status says nothing: errors come with HTTP 200 too."""
    content = answer.json()
    content = content if isinstance(content, dict) else {}
    token = _text(content, "access_token")
    domain = _text(content, "api_domain") or known or usual_api_domain(accounts_url)
    if not token or not domain:
        error = _text(content, "error")[:100]
        raise Refused(error, explain(error, answer.status), answer.status)
    if fault := api_fault(accounts_url, domain):
        raise Stranger("", fault, answer.status)
    lasts = _lifetime(content.get("expires_in_sec", content.get("expires_in")))
    return Grant(
        access_token=token,
        api_domain=domain.rstrip("/"),
        expires_at=asked_at + timedelta(seconds=lasts),
        scope=" ".join(_text(content, "scope").replace(",", " ").split()),
        refresh_token=_text(content, "refresh_token"),
    )


def explain(error: str, status: int | None = None) -> str:
    """An error of the accounts server in English words that say what to do."""
    if error in ERRORS:
        return OF_ZOHO(what=ERRORS[error], error=error)
    words = UNKNOWN_ERROR(error=error) if error else NO_TOKEN
    return OF_ZOHO(what=words, error=status) if status else words


def consent_url(accounts_url: str, client_id: str, redirect_uri: str, state: str) -> str:
    """Where a person agrees. `prompt` has Zoho give a refresh token although it gave one before."""
    query = {
        "response_type": "code",
        "access_type": "offline",
        "prompt": "consent",
        "client_id": client_id,
        "scope": ",".join(SCOPES),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{accounts_url.rstrip('/')}/oauth/v2/auth?{urlencode(query)}"


OPERATIONS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "DELETE": "DELETE"}
SERVICES = ("users", "org", "coql")


def needed(method: str, path: str) -> str:
    """The scope that a call to the API needs, as Zoho names it."""
    first, *rest = path.removeprefix("/crm/v8/").split("?")[0].split("/")
    if first in SERVICES:
        return f"ZohoCRM.{first}.READ"
    if first == "settings":
        return f"ZohoCRM.settings.{rest[-1] if rest else 'ALL'}.READ"
    scope = f"ZohoCRM.modules.{first}.{OPERATIONS.get(method, 'ALL')}"
    if rest[:1] == ["search"]:
        return f"{scope} and ZohoSearch.securesearch.READ"
    return scope.replace("CREATE", "ALL") if rest[:1] == ["upsert"] else scope


def missing(granted: str, wanted: Iterable[str] = SCOPES) -> list[str]:
    """The wanted scopes that no granted one covers."""
    have = [_words(scope) for scope in granted.replace(",", " ").split()]
    return [scope for scope in wanted if not any(_covers(one, _words(scope)) for one in have)]


def _covers(granted: list[str], wanted: list[str]) -> bool:
    """ZohoCRM.settings.ALL covers ZohoCRM.settings.fields.READ."""
    *path, may = granted
    *group, operation = wanted
    return may in ("all", operation) and bool(path) and group[: len(path)] == path


def _words(scope: str) -> list[str]:
    return scope.lower().split(".")


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) and value.isprintable() else ""


def _lifetime(seconds: object) -> float:
    """Seconds a token lives; an hour where the answer does not say, never more than that."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        return 3600.0
    return float(min(seconds, 3600))
