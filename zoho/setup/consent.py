"""The way to Zoho's consent page and back: what is remembered meanwhile, and for how long."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.secrets import box
from leads.shown.sentences import shown
from zoho.api import oauth
from zoho.api.datacentres import BY_ACCOUNTS, BY_LOCATION
from zoho.setup.connect import Credentials, NotConnected

KEY = "zoho_consent"
SECONDS = 600
"""How long a person may take at Zoho."""
AGAIN = gettext_lazy("Begin again: press “Connect with Zoho” on the destination's page.")


class ConsentAnswer(NamedTuple):
    """What a person brought back from Zoho."""

    destination_id: int
    ours: Credentials
    code: str


def begin(session: SessionBase, destination_id: int, ours: Credentials, redirect_uri: str) -> str:
    """Remember what was entered, locked, and say where the person agrees.

    Nothing is stored with the destination yet: the old connection works until a new one does.
    """
    state = secrets.token_urlsafe(32)
    pending = {"state": state, "destination": destination_id} | asdict(ours)
    session[KEY] = box().encrypt(json.dumps(pending).encode()).decode()
    return oauth.consent_url(ours.accounts_url, ours.client_id, redirect_uri, state)


def finish(session: SessionBase, query: Mapping[str, str]) -> ConsentAnswer:
    """What came back, checked against what was begun in this session. Once only.

    Raises NotConnected.
    """
    pending = _open(session.pop(KEY, ""))
    error = query.get("error", "")
    ours = secrets.compare_digest(query.get("state", "").encode(), pending["state"].encode())
    if not ours:
        # Anybody can make a link to here: only words of ours are shown.
        known = (
            shown(oauth.explain(error)) if error in oauth.ERRORS and not query.get("state") else ""
        )
        text = _("The answer belongs to no connection begun here. %(again)s") % {"again": AGAIN}
        raise NotConnected(known or text)
    if error or not query.get("code"):
        raise NotConnected(shown(oauth.explain(error[:100] if error.isprintable() else "")))
    credentials = Credentials(
        _accounts(query, pending["accounts_url"]), pending["client_id"], pending["client_secret"]
    )
    return ConsentAnswer(pending["destination"], credentials, query["code"])


def _open(sealed: str) -> dict[str, Any]:
    try:
        pending: dict[str, Any] = json.loads(box().decrypt(sealed.encode(), ttl=SECONDS))
    except InvalidToken:
        text = _("No connection was begun here in the last ten minutes. %(again)s") % {
            "again": AGAIN
        }
        raise NotConnected(text) from None
    return pending


def _accounts(query: Mapping[str, str], begun_at: str) -> str:
    """The accounts server that the code must be taken to: where the person's account lives.

    The client secret goes there too, so it is one of Zoho's or the one that was begun at.
    """
    named = query.get("accounts-server", "").rstrip("/")
    if named and named != begun_at and named not in BY_ACCOUNTS:
        text = _("The answer names an accounts server that is not Zoho's. Not used.")
        raise NotConnected(text)
    if named or begun_at not in BY_ACCOUNTS:
        return named or begun_at
    centre = BY_LOCATION.get(query.get("location", "").lower())
    return centre.accounts_url if centre else begun_at
