"""The table of transitions, and that nothing writes a lead's state beside it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from leads.models import Lead, LeadEvent
from leads.models import transitions as table
from leads.models.transitions import Change
from leads.reasons import Reason

LEADS = Path(__file__).parents[3] / "leads"
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
WRITERS = re.compile(r"(^|.*\.)(update|(Failed)?Lead(\.objects\..*create)?)$")
COMPANIONS = {"claim", "due_at", "queued_at", "failed_at", "settled_at"}
EVERY: dict[str, Change] = {
    "received": table.received(NOON),
    "claimed": table.claimed(uuid4(), NOON),
    "delivered": table.delivered(NOON, "61000"),
    "failed": table.failed(NOON, Reason.REFUSED),
    "put off": table.put_off(NOON, Reason.NO_ANSWER),
    "due again": table.due_again(NOON),
    "queued": table.queued(Lead(status="failed"), NOON, NOON, Lead.Band.BULK),
    "returned": table.returned(),
    "entered": table.entered(NOON, ""),
    "discarded": table.discarded(NOON),
    "erased": table.erased(Lead(status="failed"), NOON),
}


# --- One place --------------------------------------------------------------------------------


def writes(source: str) -> Iterator[int]:
    """The lines that write a lead's status: by keyword, by assignment, as data or in SQL."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=function, args=args, keywords=given):
                name = ast.unparse(function)
                if WRITERS.match(name) and any(keyword.arg == "status" for keyword in given):
                    yield node.lineno
                if name == "setattr" and _is_status(args[1]):
                    yield node.lineno
            case ast.Assign(targets=targets):
                for target in targets:
                    parts = target.elts if isinstance(target, ast.Tuple) else [target]
                    if any(isinstance(p, ast.Attribute) and p.attr == "status" for p in parts):
                        yield node.lineno
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    names = {k.value for k in keys if isinstance(k, ast.Constant)}
                    said = ast.unparse(value)
                    reads = said.endswith(".status")
                    if _is_status(key) and not reads and (names & COMPANIONS or "Status." in said):
                        yield node.lineno
            case ast.Constant(value=str(text)) if re.search(r"\bSET\b[^;]*\bstatus\b *=", text):
                yield node.lineno


def _is_status(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == "status"


def test_one_module_writes_a_status() -> None:
    modules = (path for path in LEADS.rglob("*.py") if "migrations" not in path.parts)

    found = {str(path.relative_to(LEADS)) for path in modules if [*writes(path.read_text())]}

    assert found == {"models/transitions.py"}


@pytest.mark.parametrize(
    "source",
    [
        "Lead.objects.filter(pk=1).update(status='failed')",
        "FailedLead.objects.get_or_create(status='failed')",
        "lead.status, lead.claim = Lead.Status.SENDING, token",
        "Lead(site=site, status=status)",
        "changes = {'status': Lead.Status.QUEUED}",
        "changes = {'status': status, 'due_at': None}",
        "setattr(lead, 'status', 'failed')",
        "cursor.execute('UPDATE leads_lead SET claim = NULL, status = %s')",
    ],
)
def test_a_second_one_would_be_found(source: str) -> None:
    assert [*writes(source)] == [1]


# --- All columns ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_state_comes_with_what_it_demands(name: str) -> None:
    change = EVERY[name]
    is_open = change["status"] in Lead.OPEN

    assert (change["due_at"] is not None) is is_open
    if change["status"] != Lead.Status.SENDING:
        assert change["claim"] is None
        assert (change["settled_at"] is None) is is_open
    if not is_open:
        assert change["queued_at"] is None


def test_what_a_decision_may_change_is_what_can_be_taken_back() -> None:
    lead = Lead(
        status="failed", reason=Reason.OUTCOME_UNKNOWN, attempts=8, failed_at=NOON, settled_at=NOON
    )
    before = {name: getattr(lead, name) for name in table.decided()}
    kept = json.loads(json.dumps(table.remembered(lead)))

    table.become(lead, table.chosen(lead, LeadEvent.Kind.UPDATED, bulk_id=7))
    table.become(lead, table.queued(lead, NOON, NOON, Lead.Band.BULK))
    table.become(lead, table.entered(NOON, "61000"))
    table.become(lead, table.undone(kept))

    assert {name: getattr(lead, name) for name in table.decided()} == before
    assert "reason" not in before


def test_a_decision_remembered_by_the_version_before_can_be_taken_back() -> None:
    kept = {
        "status": "failed",
        "band": 0,
        "bulk_id": None,
        "due_at": None,
        "queued_at": None,
        "attempts": 3,
        "deaths": 0,
        "batch_limit": 100,
        "maybe_landed": False,
        "landed_revision": None,
        "skip_duplicate_rule": False,
        "update_existing": False,
        "zoho_id": "",
        "failed_at": NOON.isoformat(),
        "settled_at": NOON.isoformat(),
    }

    change = table.undone(kept)

    assert (change["failed_at"], change["due_at"], change["attempts"]) == (NOON, None, 3)
    assert set(kept) <= set(table.decided())
