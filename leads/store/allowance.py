"""Using up a part of an allowance: a counter that begins anew with each period."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection

UNLESS_KNOWN = (
    "NOT EXISTS (SELECT 1 FROM leads_lead WHERE site_id = %(site)s AND idempotency_key = %(key)s)"
)


def use_one(
    clock: str, now: str, name: str, limit: int, seconds: int, site: int, key: str | None
) -> tuple[Any, ...] | None:
    """The row that says that one was left; `clock` and `now` are what `statement` takes."""
    values: dict[str, int | str | None] = {
        "name": name,
        "limit": limit,
        "seconds": seconds,
        "site": site,
        "key": key,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement(clock, now, key is not None), values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


@cache
def statement(clock: str, now: str, keyed: bool) -> str:
    """Use one up, in a single statement: a row comes back if, and only if, one was left.

    `clock` is the database's SQL for whole seconds since 1970, `now` for what comes back. Two
    that ask at once are put in order by the row. A period that began a moment ago is the current
    one for a statement that was begun before it; one that lies further ahead was made by a clock
    since set back, and ends here.
    """
    current = "leads_allowance.ends_at BETWEEN excluded.ends_at AND excluded.ends_at + %(seconds)s"
    return f"""
        INSERT INTO leads_allowance (name, ends_at, used)
        SELECT %(name)s, {clock} / %(seconds)s * %(seconds)s + %(seconds)s, 1
        WHERE {UNLESS_KNOWN if keyed else "1 = 1"}
        ON CONFLICT (name) DO UPDATE SET
            used = CASE WHEN {current} THEN leads_allowance.used + 1 ELSE 1 END,
            ends_at = CASE WHEN {current} THEN leads_allowance.ends_at ELSE excluded.ends_at END
        WHERE leads_allowance.used < %(limit)s OR NOT ({current})
        RETURNING {now}
    """
