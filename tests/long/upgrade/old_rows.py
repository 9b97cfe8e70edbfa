"""Two years of leads in a database of a44e094, by its own `bench.million`, and what that omits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.databases import execute
from tests.long.upgrade.installation import Installation
from tests.postgres import Cluster

OLD = "a44e094"
ROWS = int(os.environ.get("UPGRADE_ROWS", "10000000"))
"""Leads; a multiple of 1,000 from 10,000 on."""
REJECTED = min(ROWS * 3 // 100, 300_000)
"""What is kept of twenty sites that are each refused 100 times a day in five ways, for 30 days."""
HELD = {"refused": "duplicate_email", "outcome_unknown": "missing_field"}
"""Of the reasons that leads fail for: some were held by a rule, whose counters are to be moved."""
FILL = f"""
from bench import million
million.REASONS = tuple({HELD}.get(reason, reason) for reason in million.REASONS)
million.store({ROWS})
"""
REST = (
    "SELECT setval(pg_get_serial_sequence('leads_site', 'id'), max(id)) FROM leads_site",
    f"""
    INSERT INTO leads_rejectedsubmission
        (site_id, received_at, source, status, code, why, content_type, size, body, is_clipped)
    SELECT 1 + mod(n, 20), now() - n * interval '30 days' / {REJECTED}, 'api', 422, 'invalid',
        'no contact_name', 'application/json', 300, repeat('{{"email": "a"}} ', 20), false
    FROM generate_series(1, {REJECTED}) AS n
    """,
    """
    INSERT INTO leads_leadevent (lead_id, kind, note, created_at)
    SELECT id, CASE WHEN status = 'failed' THEN 'noted' ELSE status END, 'seen', settled_at
    FROM leads_lead WHERE status IN ('failed', 'entered', 'discarded')
    """,
    # Made anew by whoever asks for it first, with the address of its own sandbox.
    "DELETE FROM zoho_connection",
    # What autovacuum will have to do, some day: this way it is known when.
    "ALTER TABLE leads_lead SET (autovacuum_enabled = false)",
    "UPDATE leads_lead SET maybe_landed = maybe_landed WHERE mod(id, 20) = 0",
    "ANALYZE leads_rejectedsubmission, leads_leadevent",
)
VACUUM = (
    "ALTER TABLE leads_lead SET (autovacuum_enabled = true, autovacuum_vacuum_scale_factor = 0.01)"
)
VACUUMED = "SELECT 1 FROM pg_stat_progress_vacuum WHERE relid = 'leads_lead'::regclass"


@contextmanager
def filled(server: Cluster, folder: Path, kept: bool) -> Iterator[str]:
    """The URL of a database with all of it; of a copy, where it is to be used again."""
    name = f"filled_{ROWS}"
    # What a run that was killed has left.
    for left in ("upgraded", f"{name}_half"):
        execute(server.url, f"DROP DATABASE IF EXISTS {left}")
    if not execute(server.url, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        execute(server.url, f"CREATE DATABASE {name}_half")
        fill(folder, url_of(server, f"{name}_half"))
        execute(server.url, f"ALTER DATABASE {name}_half RENAME TO {name}")
    if not kept:
        yield url_of(server, name)
        return
    execute(server.url, f"CREATE DATABASE upgraded TEMPLATE {name} STRATEGY FILE_COPY")
    try:
        yield url_of(server, "upgraded")
    finally:
        execute(server.url, "DROP DATABASE upgraded WITH (FORCE)")


def url_of(server: Cluster, name: str) -> str:
    """Of a database of this server."""
    return urlsplit(server.url)._replace(path=f"/{name}").geturl()


def fill(folder: Path, url: str) -> None:
    """Ten million leads and all that belongs to them: a tenth failed, 1.1 logs a lead."""
    folder.mkdir()
    installation = Installation(folder, url)
    installation.checkout(OLD)
    installation.install_packages()
    installation.manage("migrate", "-v0")
    installation.manage("shell", "-c", FILL)
    execute(url, *REST)


def has_autovacuum(url: str) -> bool:
    """Whether the server itself is cleaning the table of leads."""
    return bool(execute(url, VACUUMED))
