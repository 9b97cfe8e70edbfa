"""Every operation × what it takes: its scope, each of its permissions, and the row's site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leadops.api.guard import Right
from leadops.api.urls import OPERATIONS
from leads.models import Site
from tests.access.conftest import made_once, world
from tests.factories import make_user
from tests.leadops.api.conftest import BASE, EVERY_SCOPE, Program

__all__ = ["made_once", "world"]
ROWS = {
    "leads": "leads.lead",
    "bulk-retries": "leads.bulkretry",
    "imports": "leads.leadimport",
    "api-logs": "leads.apilog",
    "api-calls": "leads.apicall",
    "sites": "leads.site",
    "sources": "source_pk",
    "keys": "key_pk",
    "destinations": "leads.destination",
    "outcome-webhooks": "notifications.endpoint",
    "outcome-messages": "notifications.message",
}
"""By the beginning of an address, what the world calls the number in it."""


def operations() -> Iterator[Any]:
    """Each: its route, its method, and its right."""
    for pattern in OPERATIONS:
        view: Any = pattern.callback
        for method, action in view.actions.items():
            route, right = str(pattern.pattern), view.cls.rights[action]
            yield pytest.param(route, method.upper(), right, id=f"{method} {route}")


def address(route: str, ids: dict[str, Any]) -> str:
    """The operation's address, about a row of the world."""
    base = route.removeprefix(BASE.lstrip("/"))
    return base.replace("<int:pk>", str(ids.get(ROWS.get(base.partition("/")[0], ""), 1)))


def status(program: Program, method: str, path: str) -> int:
    answer = program.get(path) if method == "GET" else program.post(path, method=method)
    return int(answer.status_code)


@pytest.mark.parametrize(("route", "method", "right"), list(operations()))
def test_an_operation_takes_its_scope_and_each_of_its_permissions(
    world: dict[str, Any], route: str, method: str, right: Right
) -> None:
    path = address(route, world["ids"])
    others = [scope for scope in EVERY_SCOPE if scope != right.scope]
    entitled = make_user(permissions=right.permissions)

    assert right.permissions
    assert status(Program(entitled, others), method, path) == 403
    for missing in right.permissions:
        rest = tuple(one for one in right.permissions if one != missing)
        assert status(Program(make_user(permissions=rest)), method, path) == 403
    # With an empty body: it is let in, and what is missing is said.
    assert status(Program(entitled, [right.scope]), method, path) in (200, 201, 404, 422)


@pytest.mark.parametrize(("route", "method", "right"), list(operations()))
def test_no_operation_leaves_out_what_it_is_asked_for(
    world: dict[str, Any], route: str, method: str, right: Right
) -> None:
    """A filter that is misspelt, renamed or of another list answered with everything."""
    path = address(route, world["ids"])
    entitled = Program(make_user(permissions=right.permissions), [right.scope])

    for asked in ("sight=1", "from_=2026-01-31", "Site=1", "limit=5&limit=6"):
        answer = (
            entitled.get(f"{path}?{asked}")
            if method == "GET"
            else entitled.post(f"{path}?{asked}", method=method)
        )
        assert answer.status_code == 422, asked
        assert asked.partition("=")[0] in answer.json()["errors"]


@pytest.mark.parametrize(
    ("route", "method", "right"), [one for one in operations() if "<int:pk>" in one.values[0]]
)
def test_no_operation_knows_a_row_of_another_site(
    world: dict[str, Any], route: str, method: str, right: Right
) -> None:
    own = Site.objects.exclude(pk=world["ids"]["leads.site"]).first()
    assert own
    limited = Program(make_user(permissions=right.permissions, sites=[own]))

    # What takes all sites is closed to them; with an empty body some say first what is missing.
    assert status(limited, method, address(route, world["ids"])) in (403, 404, 422)
