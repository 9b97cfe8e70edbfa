"""No migration since the first release in use works through a big table under a lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from leadops.operations.at_once import put_off

BIG = (
    *("leads_lead", "leads_apilog", "leads_apicall", "leads_figure", "leads_leadevent"),
    *("leads_rejectedsubmission", "leads_searchtoken", "leads_assignment", "leads_incomplete"),
)
"""They grow with the leads."""
FIRST = {"leads": "0027", "notifications": "0004", "zoho": "0001", "accounts": "0001"}
"""What a44e094 had migrated."""

IN_NO_TIME = (
    r"ALTER TABLE \S+ ADD COLUMN \S+ [\w() ]+? (NULL|DEFAULT (\d+|'[^']*'|false|true) NOT NULL)",
    r"ALTER TABLE \S+ ADD COLUMN \S+ [\w() ]+? NOT NULL DEFAULT ''",
    r"ALTER TABLE \S+ ADD (CONSTRAINT \S+ )?(CHECK|FOREIGN KEY) .* NOT VALID",
    r"ALTER TABLE \S+ ALTER COLUMN \S+ (SET DEFAULT .*|DROP DEFAULT|DROP NOT NULL)",
    r"ALTER TABLE \S+ DROP (COLUMN|CONSTRAINT) .*",
    r"CREATE (UNIQUE )?INDEX CONCURRENTLY .*",
    r"DROP INDEX .*",
)
"""Forms that read no row, or do so beside those who write."""
LOOKED_AT = {
    ("0030_sources", 'ALTER TABLE "leads_lead" ALTER COLUMN "flags" TYPE varchar(200)'): (
        "from varchar(100): a longer one reads nothing"
    ),
}
FEW_ROWS = {
    "0029_stored_filters": "saved views and bulk retries",
    "0003_move_second_factors": "second factors of people",
    "0031_login_try": "the account's own allowances",
}
"""Atomic ones that change rows, and of what."""


def is_later(migration: Migration) -> bool:
    first = FIRST.get(migration.app_label)
    return first is not None and migration.name[:4] > first


@pytest.fixture(scope="module")
def statements(django_db_setup: None, django_db_blocker: object) -> list[tuple[str, str]]:
    """Each statement on a table that was there before its migration, as migrate sends it."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return list(collected())


def collected() -> Iterator[tuple[str, str]]:
    loader = MigrationLoader(connection)
    state = ProjectState(real_apps=loader.unmigrated_apps)
    for key in plan(loader):
        migration = loader.graph.nodes[key]
        if not is_later(migration):
            state = migration.mutate_state(state, preserve=False)
            continue
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        new = {name for one in editor.collected_sql for name in made(one)}
        for one in editor.collected_sql:
            for statement in put_off(one.strip().rstrip(";")).split(";\n"):
                if not new & {table.strip('"') for table in tables(statement)}:
                    yield migration.name, statement


def plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    keys: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        keys |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(keys)


def made(statement: str) -> list[str]:
    return re.findall(r'CREATE TABLE "?(\w+)', statement)


def tables(statement: str) -> list[str]:
    """What a statement changes."""
    form = r'(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?\S+ ON|UPDATE) "?(\w+)'
    return re.findall(form, statement)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's statements")
def test_big_tables_are_not_read_under_a_lock(statements: list[tuple[str, str]]) -> None:
    on_big = {one for one in statements if set(tables(one[1])) & {*BIG}}
    refused = {
        one for one in on_big if not any(re.fullmatch(form, one[1], re.S) for form in IN_NO_TIME)
    }

    assert len(on_big) >= 15
    assert refused == set(LOOKED_AT)


def test_rows_are_changed_outside_of_one_large_transaction() -> None:
    loader = MigrationLoader(None)
    atomic = {
        migration.name
        for migration in loader.disk_migrations.values()
        if is_later(migration)
        and migration.atomic
        and any(changes_rows(one) for one in migration.operations)
    }

    assert atomic == set(FEW_ROWS)


def changes_rows(operation: Operation) -> bool:
    """By Python; what stands beside a change of the state alone makes tables and indexes."""
    return isinstance(operation, RunPython)
