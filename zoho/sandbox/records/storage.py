"""Records on disk, and the index that finds them by a unique value."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from zoho.sandbox.organisation.catalogue import Module
from zoho.sandbox.organisation.fields import Field
from zoho.sandbox.organisation.users import OWNER
from zoho.sandbox.wire import Json, to_bytes


def now_text() -> str:
    """Now as Zoho writes times: with offset, without fractions."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def record_id(text: Any) -> int:
    """The number in an id of Zoho's; 0 for anything else."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 19:
        return int(text) if int(text) < 2**63 else 0
    return 0


def add(db: sqlite3.Connection, module: Module, rows: list[Json], now: str) -> list[Json]:
    """Stores `rows` as new records and returns them whole, in order."""
    first = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'records'").fetchone()[0] + 1
    ids = list(range(first, first + len(rows)))
    bodies = [_complete(row, record, now) for row, record in zip(rows, ids, strict=True)]
    db.executemany(
        "INSERT INTO records (id, module, body) VALUES (?, ?, ?)",
        [
            (record, module.api_name, to_bytes(body).decode())
            for record, body in zip(ids, bodies, strict=True)
        ],
    )
    _index(db, module, zip(ids, bodies, strict=True))
    return bodies


def _complete(row: Json, record: int, now: str) -> Json:
    body = {"id": str(record), **row}
    body.setdefault("Owner", OWNER)
    _name(body)
    body.update(Created_By=OWNER, Modified_By=OWNER, Created_Time=now, Modified_Time=now)
    return body


def _name(body: Json) -> None:
    """Full_Name follows from its parts, where a module has them."""
    if "Last_Name" in body:
        parts = (body.get("First_Name"), body["Last_Name"])
        body["Full_Name"] = " ".join(str(part) for part in parts if part)


def _index(db: sqlite3.Connection, module: Module, bodies: Iterable[tuple[int, Json]]) -> None:
    db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?)", _keys(module, bodies))


def _keys(module: Module, bodies: Iterable[tuple[int, Json]]) -> list[tuple[str, str, str, int]]:
    return [
        (module.api_name, field.api_name, key, record)
        for record, body in bodies
        for field in module.indexed
        if (key := field.key(body.get(field.api_name))) is not None
    ]


def change(db: sqlite3.Connection, module: Module, record: int, row: Json, now: str) -> Json:
    """Writes `row` over the record that has this id, and returns the whole of it."""
    old = find(db, module, record)
    body = {**old, **row, "Modified_By": OWNER, "Modified_Time": now}
    _name(body)
    db.execute("UPDATE records SET body = ? WHERE id = ?", (to_bytes(body).decode(), record))
    db.executemany(
        "DELETE FROM keys WHERE module = ? AND field = ? AND value = ? AND record = ?",
        _keys(module, [(record, old)]),
    )
    _index(db, module, [(record, body)])
    return body


def remove(db: sqlite3.Connection, module: Module, record: int) -> bool:
    """Removes the record, of which only its name is kept; whether there was one."""
    body = find(db, module, record)
    db.executemany(
        "DELETE FROM keys WHERE module = ? AND field = ? AND value = ? AND record = ?",
        _keys(module, [(record, body)]),
    )
    if body:
        name = str(body.get("Full_Name") or body.get("Name") or "")
        kept = (record, module.api_name, name, now_text())
        db.execute("INSERT OR REPLACE INTO deleted VALUES (?, ?, ?, ?)", kept)
    return bool(
        db.execute(
            "DELETE FROM records WHERE id = ? AND module = ?", (record, module.api_name)
        ).rowcount
    )


def find(db: sqlite3.Connection, module: Module, record: int) -> Json:
    """The record as stored; empty if there is none."""
    row = db.execute(
        "SELECT body FROM records WHERE id = ? AND module = ?", (record, module.api_name)
    ).fetchone()
    found: Json = json.loads(row["body"]) if row else {}
    return found


CONVERTED = "Converted__s"
"""The mark of a record that was converted: gone from every list that does not ask for such."""
CONVERTS = "Leads"
CONVERSION = (CONVERTED, "Converted_Date_Time", "Converted_Deal")
"""What a lead shows of its conversion to who asks for it by name; no layout has it."""
NOT_CONVERTED = f"""json_extract(body, '$."{CONVERTED}"') IS NULL"""


def wanted(query: Mapping[str, str]) -> str:
    """What `converted` asks for, as a condition: by default what is not converted."""
    asked = query.get("converted", "false")
    return {"both": "1", "true": f"NOT {NOT_CONVERTED}"}.get(asked, NOT_CONVERTED)


def is_wanted(body: Json, query: Mapping[str, str]) -> bool:
    """The same of one record."""
    asked = query.get("converted", "false")
    return asked == "both" or (asked == "true") == bool(body.get(CONVERTED))


def convert(
    db: sqlite3.Connection, module: Module, record: int, now: str, deal: Json | None = None
) -> bool:
    """Marks the record as converted, into this deal; whether there was one that was not."""
    body = find(db, module, record)
    if not body or body.get(CONVERTED):
        return False
    into = {"name": deal.get("Deal_Name"), "id": deal["id"]} if deal else None
    body |= dict(zip(CONVERSION, (True, now, into), strict=True))
    body |= {"$converted": True, "Modified_Time": now}
    db.execute("UPDATE records SET body = ? WHERE id = ?", (to_bytes(body).decode(), record))
    return True


def holders(
    db: sqlite3.Connection, module: Module, field: Field, keys: Iterable[str]
) -> dict[str, int]:
    """Which record holds each of `keys` in `field`; one query for any number up to 100."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    marks = ",".join("?" * len(wanted))
    rows = db.execute(
        "SELECT value, min(record) AS record FROM keys"  # noqa: S608
        f" WHERE module = ? AND field = ? AND value IN ({marks}) GROUP BY value",
        (module.api_name, field.api_name, *wanted),
    )
    return {row["value"]: row["record"] for row in rows}


def reindex(db: sqlite3.Connection, module: Module) -> None:
    """Builds the index of a module anew, after its fields changed."""
    db.execute("DELETE FROM keys WHERE module = ?", (module.api_name,))
    rows = db.execute("SELECT id, body FROM records WHERE module = ?", (module.api_name,))
    _index(db, module, ((row["id"], json.loads(row["body"])) for row in rows.fetchall()))


def newest(db: sqlite3.Connection, module: str, limit: int) -> list[Json]:
    """The newest records, newest first."""
    rows = db.execute(
        "SELECT body FROM records WHERE module = ? ORDER BY id DESC LIMIT ?", (module, limit)
    )
    return [json.loads(row["body"]) for row in rows.fetchall()]


def bodies(db: sqlite3.Connection, module: str) -> list[str]:
    """All records as the JSON text they are stored as, oldest first: cheap for many thousands."""
    rows = db.execute("SELECT body FROM records WHERE module = ? ORDER BY id", (module,))
    return [row["body"] for row in rows.fetchall()]


def totals(db: sqlite3.Connection) -> dict[str, int]:
    """Number of records by module, those without left out."""
    rows = db.execute("SELECT module, count(*) AS n FROM records GROUP BY module ORDER BY module")
    return {row["module"]: row["n"] for row in rows.fetchall()}


def tally(db: sqlite3.Connection, module: str, field: str) -> tuple[int, int]:
    """Number of records, and of distinct values of `field` among them."""
    row: Any = db.execute(
        "SELECT count(*) AS n, count(DISTINCT json_extract(body, '$.' || ?)) AS m"
        " FROM records WHERE module = ?",
        (f'"{field}"', module),
    ).fetchone()
    return row["n"], row["m"]


def clear(db: sqlite3.Connection) -> None:
    """Removes every record. Their ids are not given out again."""
    db.execute("DELETE FROM records")
    db.execute("DELETE FROM keys")
    db.execute("DELETE FROM deleted")


def shown(module: Module, body: Json, fields: Iterable[str] | None = None) -> Json:
    """A stored record as the API shows it: every field, null where empty."""
    if fields is not None:
        own = CONVERSION if module.api_name == CONVERTS else ()
        wanted = [n for n in fields if (n in module.fields or n in own) and n != "id"]
        unset: Json = {CONVERTED: False}
        return {**{n: body.get(n, unset.get(n)) for n in wanted}, "id": body["id"]}
    empty: Json = dict.fromkeys(module.fields)
    empty["Tag"] = []
    return {"$approval_state": "approved", **empty, **body, "$editable": True}
