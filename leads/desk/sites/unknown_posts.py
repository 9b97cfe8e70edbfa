"""Posts with keys and to addresses that nobody has: shown where people look for their site."""

from __future__ import annotations

from typing import Any

from leads.clock import database_now
from leads.intake.guard.unknown import NO_KEY
from leads.models import UnknownPost

PERMISSION = "leads.view_rejectedsubmission"
MOST = 20
"""Rows that the card shows, the newest first."""


def tried_of_late(user: Any) -> dict[str, Any]:
    """What the card on the list of sites shows; nothing for who may not see it."""
    if not user.has_perm(PERMISSION):
        return {}
    rows = list(UnknownPost.objects.order_by("-day", "-last_at", "pk")[: MOST + 1])
    return {
        "unknown_posts": rows[:MOST],
        "more_unknown_posts": len(rows) > MOST,
        "no_key": NO_KEY,
        "now": database_now(),
    }
