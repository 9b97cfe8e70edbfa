"""Which call is which: one line a call."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from zoho.sandbox import oauth, settings
from zoho.sandbox.calls.call import Call
from zoho.sandbox.errors import refuse
from zoho.sandbox.query import coql
from zoho.sandbox.query.search import search
from zoho.sandbox.records import read, write
from zoho.sandbox.records.upsert import upsert
from zoho.sandbox.wire import Reply, Request

Handler = Callable[[Call], Reply]

SETTINGS = "/crm/v8/settings/"
RULES = SETTINGS + "automation/assignment_rules"
RULES_SCOPE = "settings.assignment_rules.READ"
# A scope of another product comes with its name; all must be granted.
SEARCH_SCOPES = "modules.{module}.READ ZohoSearch.securesearch.READ"


@dataclass(frozen=True, slots=True)
class Route:
    """One call. `scope` is what its token must allow; empty for the accounts server's own."""

    method: str
    pattern: re.Pattern[str]
    kind: str
    handler: Handler
    scope: str


_TABLE: list[tuple[str, str, str, Handler, str]] = [
    ("POST", "/oauth/v2/token", "token", oauth.token, ""),
    ("POST", "/oauth/v2/token/revoke", "revoke", oauth.revoke, ""),
    ("GET", "/oauth/v2/auth", "auth", oauth.authorize, ""),
    ("GET", "/crm/v8/org", "org", settings.org, "org.READ"),
    ("GET", "/crm/v8/users", "users", settings.users, "users.READ"),
    ("GET", "/crm/v8/users/{id}", "users", settings.user, "users.READ"),
    ("GET", SETTINGS + "modules", "modules", settings.modules, "settings.modules.READ"),
    ("GET", SETTINGS + "fields", "fields", settings.fields, "settings.fields.READ"),
    ("GET", SETTINGS + "layouts", "layouts", settings.layouts, "settings.layouts.READ"),
    ("GET", SETTINGS + "layouts/{id}", "layouts", settings.layouts, "settings.layouts.READ"),
    ("GET", RULES, "assignment_rules", settings.assignment_rules, RULES_SCOPE),
    ("POST", "/crm/v8/coql", "coql", coql.query, "coql.READ"),
    ("GET", "/crm/v8/{module}/search", "search", search, SEARCH_SCOPES),
    ("POST", "/crm/v8/{module}/upsert", "upsert", upsert, "modules.{module}.CREATE"),
    ("POST", "/crm/v8/{module}", "insert", write.insert_records, "modules.{module}.CREATE"),
    ("PUT", "/crm/v8/{module}", "update", write.update_records, "modules.{module}.UPDATE"),
    ("GET", "/crm/v8/{module}", "list", read.many_records, "modules.{module}.READ"),
    ("DELETE", "/crm/v8/{module}", "delete", write.delete_records, "modules.{module}.DELETE"),
    ("GET", "/crm/v8/{module}/deleted", "deleted", read.deleted_records, "modules.{module}.READ"),
    ("PUT", "/crm/v8/{module}/{id}", "update", write.update_records, "modules.{module}.UPDATE"),
    ("GET", "/crm/v8/{module}/{id}", "get", read.one_record, "modules.{module}.READ"),
    ("DELETE", "/crm/v8/{module}/{id}", "delete", write.delete_records, "modules.{module}.DELETE"),
]

# What Zoho counts in a limit of its own beside the usual one.
HEAVY = frozenset({"coql"})


def _compile(path: str) -> re.Pattern[str]:
    # `settings` and its like are no modules: an unknown call below them is a wrong address.
    module = r"(?P<module>(?!(?:settings|org|users|coql)(?:/|$))\\w+)"
    return re.compile(re.sub(r"\{id\}", r"(?P<id>[^/]+)", re.sub(r"\{module\}", module, path)))


ROUTES = [
    Route(method, _compile(path), kind, handler, scope)
    for method, path, kind, handler, scope in _TABLE
]
KINDS = tuple(dict.fromkeys(route.kind for route in ROUTES))


def _wrong_address(_call: Call) -> Reply:
    raise refuse(404, "INVALID_URL_PATTERN")


def _wrong_method(_call: Call) -> Reply:
    raise refuse(400, "INVALID_REQUEST_METHOD")


_NOTHING = re.compile("")
WRONG_ADDRESS = Route("", _NOTHING, "other", _wrong_address, "")
WRONG_METHOD = Route("", _NOTHING, "other", _wrong_method, "")


def find(request: Request) -> tuple[Route, dict[str, str]]:
    """The route of a request and the parts of its path; a refusing route for what is not ours."""
    known_path = False
    for route in ROUTES:
        match = route.pattern.fullmatch(request.path)
        if match and route.method == request.method:
            return route, match.groupdict()
        known_path = known_path or match is not None
    return (WRONG_METHOD if known_path else WRONG_ADDRESS), {}
