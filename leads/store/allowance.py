"""Using up a part of an allowance: a counter that begins anew with each period."""

from __future__ import annotations

from functools import cache
from typing import Any

UNLESS_KNOWN = "NOT EXISTS (SELECT 1 FROM leads_lead WHERE site_id = %s AND idempotency_key = %s)"

Call = tuple[str, str, list[Any]]
"""What `Database.fetch_prepared` takes."""


def use_one(
    clock: str, now: str, name: str, limit: int, seconds: int, site: int, key: str | None
) -> Call:
    """See `Database.use_allowance`; for `clock` and `now` see `statement`."""
    keyed = [] if key is None else [site, key]
    values = [name, *[seconds] * 3, *keyed, seconds, seconds, limit, seconds]
    return f"use_allowance_{len(keyed)}", statement(clock, now, bool(keyed)), values


@cache
def statement(clock: str, now: str, keyed: bool) -> str:
    """Use one up, in a single statement: a row comes back if, and only if, one was left.

    `clock` is the database's SQL for whole seconds since 1970, `now` for what comes back. Two
    that ask at once are put in order by the row. A period that began a moment ago is the current
    one for a statement that was begun before it; one that lies further ahead was made by a clock
    since set back, and ends here.
    """
    current = "leads_allowance.ends_at BETWEEN excluded.ends_at AND excluded.ends_at + %s"
    return f"""
        INSERT INTO leads_allowance (name, ends_at, used)
        SELECT %s, {clock} / %s * %s + %s, 1
        WHERE {UNLESS_KNOWN if keyed else "1 = 1"}
        ON CONFLICT (name) DO UPDATE SET
            used = CASE WHEN {current} THEN leads_allowance.used + 1 ELSE 1 END,
            ends_at = CASE WHEN {current} THEN leads_allowance.ends_at ELSE excluded.ends_at END
        WHERE leads_allowance.used < %s OR NOT ({current})
        RETURNING {now}
    """
