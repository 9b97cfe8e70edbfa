"""What the leads waited for that were settled last, attempt by attempt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol

LAST = 3
"""Leads of which is told."""


class Rows(Protocol):
    """Where the story is read."""

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""


def last_settled(rows: Rows, ended: datetime) -> list[str]:
    """A line for each of the leads settled last; times in seconds after `ended`."""
    last = rows.sql(
        "SELECT id, idempotency_key, received_at, settled_at FROM leads_lead"
        f" WHERE settled_at IS NOT NULL ORDER BY settled_at DESC LIMIT {LAST}"
    )
    return [
        f"{key}: received {since(received, ended)}{attempts(rows, lead, ended)}, "
        f"settled {since(settled, ended)}"
        for lead, key, received, settled in last
    ]


def attempts(rows: Rows, lead: int, ended: datetime) -> str:
    """When each attempt was settled, how many leads its call carried, and what came of it."""
    logs = rows.sql(
        "SELECT log.created_at, log.reason, c.leads FROM leads_apilog AS log"
        f" LEFT JOIN leads_apicall AS c ON c.id = log.call_id WHERE log.lead_id = {lead}"
        " ORDER BY log.id"
    )
    return "".join(
        f", {since(at, ended)} {reason or 'stored'} (of {together or 0})"
        for at, reason, together in logs
    )


def since(moment: Any, ended: datetime) -> str:
    """Seconds after `ended`, of what either database says."""
    then = datetime.fromisoformat(str(moment))
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return f"{(then - ended).total_seconds():+.0f} s"
