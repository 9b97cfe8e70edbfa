"""Zoho's accounts server: grant codes, refresh tokens, access tokens, and who may do what."""

from __future__ import annotations

import secrets
import sqlite3
from urllib.parse import urlencode, urlsplit

from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import Refusal, refuse
from zoho.sandbox.organisation.tables import TABLES
from zoho.sandbox.wire import Json, Reply, reply_json

CLIENT_ID = "1000.SANDBOX"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - known to everyone, and meant to be
REFRESH_TOKEN = "1000.sandbox.refresh"  # noqa: S105
SCOPE = (
    "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.users.READ ZohoCRM.org.READ"
    " ZohoCRM.coql.READ ZohoSearch.securesearch.READ"
)
FOR_EVER = float(2**40)
A_DAY = 86400

# An operation, and what else grants it.
WIDER = {
    "CREATE": {"WRITE", "ALL"},
    "UPDATE": {"WRITE", "ALL"},
    "READ": {"ALL"},
    "DELETE": {"ALL"},
}


def install(db: sqlite3.Connection) -> None:
    """Makes the well-known refresh token good, also after it was revoked."""
    db.execute(
        "INSERT INTO tokens VALUES (?, 'refresh', '', ?, 0, ?, 0)"
        " ON CONFLICT DO UPDATE SET dead = 0",
        (REFRESH_TOKEN, SCOPE, FOR_EVER),
    )


def authenticate(call: Call, needed: str) -> None:
    """Refuses the call unless its access token is alive and its scope covers all of `needed`."""
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    if scheme != "Zoho-oauthtoken" or not token.strip():
        raise refuse(401, "AUTHENTICATION_FAILURE")
    row = _alive(call.db, "access", token.strip(), call.now)
    if row is None:
        raise refuse(401, call.switches["unknown_token_code"])
    scopes = needed.replace("{module}", _scope_name(call.args.get("module", ""))).split()
    if not all(covers(row["scope"], scope) for scope in scopes):
        raise refuse(401, "OAUTH_SCOPE_MISMATCH", None, call.switches["scope_message"])


def _scope_name(module: str) -> str:
    """What scopes call a module: they write pricebooks, and `custom` for all custom ones."""
    return module if module.removesuffix("__s") in TABLES else "custom"


def covers(scope: str, needed: str) -> bool:
    """Whether a granted scope allows `needed`, such as "modules.leads.CREATE".

    What does not say otherwise is a scope of the CRM.
    """
    *group, operation = _words(needed)
    if not needed.startswith("ZohoSearch."):
        group.insert(0, "zohocrm")
    allowed = {operation} | {wider.lower() for wider in WIDER.get(operation.upper(), ())}
    for granted in scope.split():
        *path, may = _words(granted)
        if may in allowed and path == group[: len(path)] and path:
            return True
    return False


def _words(scope: str) -> list[str]:
    return scope.lower().replace("__s", "").replace("_", "").split(".")


def token(call: Call) -> Reply:
    """Exchanges a grant code, or refreshes. Zoho reports errors with status 200."""
    form = call.form()
    if form.get("client_id") != CLIENT_ID:
        raise _oauth_error(call, "invalid_client")
    if form.get("client_secret") != CLIENT_SECRET:
        raise _oauth_error(call, "invalid_client_secret")
    if form.get("grant_type") == "refresh_token":
        row = _alive(call.db, "refresh", form.get("refresh_token", ""), call.now)
        if row is None:
            raise _oauth_error(call, "invalid_code")
        return _access_token(call, row["token"], row["scope"])
    if form.get("grant_type") == "authorization_code":
        return _exchange(call, form)
    raise _oauth_error(call, "invalid_request")


def _exchange(call: Call, form: dict[str, str]) -> Reply:
    row = _alive(call.db, "grant", form.get("code", ""), call.now)
    if row is None:
        raise _oauth_error(call, "invalid_code")
    if row["parent"] and row["parent"] != form.get("redirect_uri"):
        raise _oauth_error(call, call.switches["redirect_error"])
    call.db.execute("UPDATE tokens SET dead = 1 WHERE token = ?", (row["token"],))
    refresh = _new(call.db, "refresh", "", row["scope"], call.now, FOR_EVER)
    return _access_token(call, refresh, row["scope"], {"refresh_token": refresh})


def _access_token(call: Call, refresh: str, scope: str, more: Json | None = None) -> Reply:
    _throttle(call, refresh)
    life = call.switches["token_life"]
    access = _new(call.db, "access", refresh, scope, call.now, call.now + life)
    _keep_newest(call.db, refresh, call.switches["alive_tokens"])
    call.db.execute(
        "DELETE FROM tokens WHERE kind <> 'refresh' AND expires < ?", (call.now - A_DAY,)
    )
    lasts: Json = {"expires_in": life}
    if call.switches["expires_in_ms"]:
        lasts = {"expires_in_sec": life, "expires_in": life * 1000}
    return reply_json(
        200,
        {
            "access_token": access,
            **(more or {}),
            "scope": scope,
            "api_domain": call.request.base_url,
            "token_type": "Bearer",
            **lasts,
        },
    )


def _throttle(call: Call, refresh: str) -> None:
    most, window = call.switches["throttle_tokens"], call.switches["throttle_window"]
    given = call.db.execute(
        "SELECT count(*) FROM tokens WHERE parent = ? AND created > ?"
        " AND kind IN ('access', 'denied')",
        (refresh, call.now - window),
    ).fetchone()[0]
    if not most or given < most:
        return
    if call.switches["throttle_prolongs"]:
        _new(call.db, "denied", refresh, "", call.now, call.now)
    body = {
        "error_description": "You have made too many requests continuously."
        " Please try again after some time.",
        "error": "Access Denied",
    }
    if call.switches["throttle_status_key"]:
        body["status"] = "failure"
    raise Refusal(call.switches["throttle_status"], body)


def _keep_newest(db: sqlite3.Connection, refresh: str, alive: int) -> None:
    if alive:
        db.execute(
            "UPDATE tokens SET dead = 1 WHERE parent = ? AND kind = 'access' AND rowid NOT IN"
            " (SELECT rowid FROM tokens WHERE parent = ? AND kind = 'access' AND dead = 0"
            "  ORDER BY created DESC, rowid DESC LIMIT ?)",
            (refresh, refresh, alive),
        )


def revoke(call: Call) -> Reply:
    """Ends a refresh token with all its access tokens, or one access token."""
    token = call.form().get("token", "")
    found = call.db.execute(
        "UPDATE tokens SET dead = 1 WHERE dead = 0 AND (token = ? OR parent = ?)", (token, token)
    ).rowcount
    if not token or not found:
        raise _oauth_error(call, "invalid_token")
    return reply_json(200, {"status": "success"})


def authorize(call: Call) -> Reply:
    """The consent page, with consent already given: back to the caller with a code."""
    query = call.request.query
    target = query.get("redirect_uri", "")
    if query.get("client_id") != CLIENT_ID:
        raise Refusal(400, {"error": "invalid_client"})
    if urlsplit(target).scheme not in ("http", "https") or not target.isprintable():
        raise Refusal(400, {"error": "invalid_redirect_uri"})
    code = grant(call.db, query.get("scope", SCOPE), target, call.now, call.switches["grant_life"])
    back = {"code": code, "location": "us", "accounts-server": call.request.base_url}
    if "state" in query:
        back["state"] = query["state"]
    join = "&" if "?" in target else "?"
    return Reply(302, headers=(("Location", f"{target}{join}{urlencode(back)}"),))


def grant(db: sqlite3.Connection, scope: str, redirect: str, now: float, life: float) -> str:
    """A grant code, good for one exchange within `life` seconds."""
    return _new(db, "grant", redirect, scope.replace(",", " ") or SCOPE, now, now + life)


def end_all(db: sqlite3.Connection, kind: str) -> int:
    """Ends all access tokens, or with kind "refresh" the refresh tokens too; returns how many."""
    return db.execute(
        "UPDATE tokens SET dead = 1 WHERE dead = 0 AND kind IN ('access', ?)", (kind,)
    ).rowcount


def end_one(db: sqlite3.Connection, authorization: str) -> None:
    """Ends the access token of an Authorization header."""
    db.execute("UPDATE tokens SET dead = 1 WHERE token = ?", (authorization.rpartition(" ")[2],))


def _alive(db: sqlite3.Connection, kind: str, token: str, now: float) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM tokens WHERE token = ? AND kind = ? AND dead = 0 AND expires > ?",
        (token, kind, now),
    ).fetchone()
    return row


def _new(
    db: sqlite3.Connection, kind: str, parent: str, scope: str, now: float, expires: float
) -> str:
    made = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
    db.execute(
        "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, 0)", (made, kind, parent, scope, now, expires)
    )
    return made


def _oauth_error(call: Call, name: str) -> Refusal:
    return Refusal(call.switches["oauth_error_status"], {"error": name})
