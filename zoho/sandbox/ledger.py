"""What was asked of the sandbox and what it answered: the witness for tests."""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import UTC, datetime
from typing import Any

from zoho.sandbox.records.storage import totals
from zoho.sandbox.wire import Json, Reply, Request, to_bytes

KEPT = 2000
CLIP = 4000
DAY_IN_HOURS = 24


def write(
    db: sqlite3.Connection, request: Request, kind: str, answer: Reply, ms: float, fault: str
) -> None:
    """One line for one call, in the transaction of the call itself."""
    status = 0 if answer.manner in ("reset", "silent") else answer.status
    secret = kind in ("token", "revoke", "auth")
    notes = to_bytes(answer.notes or ({} if secret else dict(request.query))).decode()
    line = db.execute(
        "INSERT INTO calls (at, kind, method, path, status, records, stored, ms, fault, notes,"
        " sent, answered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            kind,
            request.method,
            request.path,
            status,
            answer.records,
            answer.stored,
            round(ms, 1),
            fault,
            notes if len(notes) <= CLIP else "{}",
            "" if secret else _clip(request.body),
            "" if secret else _clip(answer.body),
        ),
    ).lastrowid
    db.execute("DELETE FROM calls WHERE id <= ?", ((line or 0) - KEPT,))
    db.execute(
        "INSERT INTO counts VALUES (?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + 1,"
        " records = records + excluded.records, stored = stored + excluded.stored",
        (kind, status, answer.records, answer.stored),
    )


def _clip(body: bytes) -> str:
    return body[:CLIP].decode("utf-8", "replace")


def spend(db: sqlite3.Connection, credits: int) -> None:
    """Takes credits from this hour's purse."""
    db.execute(
        "INSERT INTO credits VALUES (?, ?) ON CONFLICT DO UPDATE SET used = used + excluded.used",
        (int(time.time() // 3600), credits),
    )


def credits_used(db: sqlite3.Connection) -> int:
    """Credits used in the last 24 hours, counted in whole hours."""
    since = int(time.time() // 3600) - DAY_IN_HOURS
    row = db.execute("SELECT total(used) AS used FROM credits WHERE hour > ?", (since,)).fetchone()
    return int(row["used"])


def read(db: sqlite3.Connection, last: int) -> Json:
    """Counts by kind of call since the ledger was emptied, and the newest `last` calls."""
    kinds: dict[str, Json] = {}
    for row in db.execute("SELECT * FROM counts ORDER BY kind, status").fetchall():
        kind = kinds.setdefault(
            row["kind"], {"calls": 0, "records": 0, "stored": 0, "statuses": {}}
        )
        for name in ("calls", "records", "stored"):
            kind[name] += row[name]
        kind["statuses"][str(row["status"])] = row["calls"]
    return {
        "calls": {name: kind["calls"] for name, kind in kinds.items()},
        "kinds": kinds,
        "credits": credits_used(db),
        "records": totals(db),
        "cpu_seconds": round(time.process_time(), 3),
        "last": calls(db, last),
    }


def calls(db: sqlite3.Connection, last: int) -> list[Json]:
    """The newest calls, newest first, without their bodies."""
    rows = db.execute(
        "SELECT id, at, kind, method, path, status, records, stored, ms, fault, notes"
        " FROM calls ORDER BY id DESC LIMIT ?",
        (last,),
    ).fetchall()
    return [{**dict(row), "notes": json.loads(row["notes"])} for row in rows]


def call(db: sqlite3.Connection, number: int) -> dict[str, Any] | None:
    """One call with the beginning of what was sent and answered."""
    row = db.execute("SELECT * FROM calls WHERE id = ?", (number,)).fetchone()
    return dict(row) if row else None


def clear(db: sqlite3.Connection) -> None:
    """Forgets all calls, counts and credits."""
    db.execute("DELETE FROM calls")
    db.execute("DELETE FROM counts")
    db.execute("DELETE FROM credits")
