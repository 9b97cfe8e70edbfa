"""A migration's statements go together, behind their locks, and read nobody's rows under them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from leadops.management.commands.migrate import gentle
from leadops.operations import at_once
from leadops.operations.at_once import needs, put_off, validate

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's locks")


def test_tables_are_locked_as_a_post_takes_them() -> None:
    statements = [
        'ALTER TABLE "leads_site" ADD COLUMN "a" int NULL',
        "ALTER TABLE leads_lead ADD COLUMN a int NULL",
        'ALTER TABLE "other" ADD CONSTRAINT "f" FOREIGN KEY ("s")'
        ' REFERENCES "leads_destination" ("id")',
        'CREATE UNIQUE INDEX "i" ON "leads_figure" ("a")',
        'ALTER TABLE "leads_apilog" VALIDATE CONSTRAINT "c"',
        "ALTER TABLE leads_apilog VALIDATE CONSTRAINT c",
    ]

    assert list(needs(statements).items()) == [
        ("other", "SHARE ROW EXCLUSIVE"),
        ("leads_lead", "ACCESS EXCLUSIVE"),
        ("leads_figure", "SHARE"),
        ("leads_site", "ACCESS EXCLUSIVE"),
        ("leads_destination", "SHARE ROW EXCLUSIVE"),
    ]


@pytest.mark.parametrize(
    ("statement", "sent"),
    [
        (
            'ALTER TABLE "t" ADD COLUMN "n" integer DEFAULT 0 NOT NULL CHECK ("n" >= 0)',
            'ALTER TABLE "t" ADD COLUMN "n" integer DEFAULT 0 NOT NULL;\n'
            'ALTER TABLE "t" ADD CHECK ("n" >= 0) NOT VALID',
        ),
        (
            'ALTER TABLE "t" ADD COLUMN "o_id" bigint NULL CONSTRAINT "f" REFERENCES "o"("id")'
            ' DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "f" IMMEDIATE',
            'ALTER TABLE "t" ADD COLUMN "o_id" bigint NULL;\n'
            'ALTER TABLE "t" ADD CONSTRAINT "f" FOREIGN KEY ("o_id") REFERENCES "o"("id")'
            " DEFERRABLE INITIALLY DEFERRED NOT VALID",
        ),
        (
            'ALTER TABLE "t" ADD CONSTRAINT "c" CHECK ("n" >= 0)',
            'ALTER TABLE "t" ADD CONSTRAINT "c" CHECK ("n" >= 0) NOT VALID',
        ),
        ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("n")',) * 2,
        ('ALTER TABLE "t" ADD COLUMN "n" text DEFAULT \'\' NOT NULL',) * 2,
    ],
)
def test_rows_that_are_there_are_not_read_under_the_lock(statement: str, sent: str) -> None:
    assert put_off(statement) == sent


@pytest.fixture
def tables(transactional_db: None) -> Iterator[None]:
    run("CREATE TABLE at_once_a (id int PRIMARY KEY)", "CREATE TABLE at_once_b (id int, n int)")
    yield
    run("DROP TABLE at_once_b", "DROP TABLE at_once_a")


def run(*statements: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def change_both() -> None:
    with gentle(connection), connection.schema_editor(atomic=True) as editor:
        editor.execute("ALTER TABLE at_once_a ADD COLUMN o int")
        editor.execute("ALTER TABLE at_once_b ADD COLUMN o int")


def columns() -> list[str]:
    found = run(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'at_once_b'"
        " ORDER BY ordinal_position"
    )
    return [str(name) for (name,) in found]


@on_postgresql
def test_nothing_is_locked_before_all_is_sent(tables: None) -> None:
    with (
        closing(connections.create_connection("default")) as other,
        gentle(connection),
        connection.schema_editor(atomic=True) as editor,
    ):
        editor.execute("ALTER TABLE at_once_b ADD COLUMN o int")
        with other.cursor() as cursor:
            cursor.execute("SET statement_timeout = 1000; INSERT INTO at_once_b VALUES (1, 1)")
        assert "o" in columns(), "who reads in between sees what was changed"

    assert columns() == ["id", "n", "o"]


@on_postgresql
def test_a_table_in_use_is_waited_for_without_a_lock_on_another(
    tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, used = threading.Event(), threading.Event()

    def use() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE at_once_b IN ROW EXCLUSIVE MODE")
            used.set()
            assert free.wait(30)
        connection.close()

    def sleep(_seconds: float) -> None:
        with closing(connections.create_connection("default")) as third, third.cursor() as cursor:
            cursor.execute("SET statement_timeout = 1000; SELECT * FROM at_once_a")
        free.set()
        user.join()

    user = threading.Thread(target=use)
    user.start()
    assert used.wait(10)
    monkeypatch.setattr("time.sleep", sleep)
    change_both()

    assert columns() == ["id", "n", "o"]


@contextmanager
def cleaned(free: threading.Event) -> Iterator[None]:
    """While somebody cleans the table, until it is free or all is over."""
    cleans = threading.Event()

    def clean() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE at_once_b IN SHARE UPDATE EXCLUSIVE MODE")
            cleans.set()
            assert free.wait(30)
        connection.close()

    thread = threading.Thread(target=clean)
    thread.start()
    assert cleans.wait(10)
    try:
        yield
    finally:
        free.set()
        thread.join()


@on_postgresql
@pytest.mark.parametrize("atomic", [True, False])
def test_whoever_cleans_a_table_is_waited_for_beside_posts(
    tables: None, monkeypatch: pytest.MonkeyPatch, atomic: bool
) -> None:
    monkeypatch.setattr(at_once, "TRIES", 1)
    free = threading.Event()

    def post() -> None:
        for _ in range(10):  # a second: more than three times the wait for a lock
            run("INSERT INTO at_once_b VALUES (1)")
            time.sleep(0.1)
        connection.close()
        free.set()

    with cleaned(free):
        posts = threading.Thread(target=post)
        posts.start()
        with gentle(connection), connection.schema_editor(atomic=atomic) as editor:
            editor.execute("ALTER TABLE at_once_b ADD COLUMN o int")
        posts.join()

    assert columns() == ["id", "n", "o"]
    assert run("SELECT count(*) FROM at_once_b") == [(10,)]


@on_postgresql
def test_rows_are_read_after_whoever_cleans_the_table(
    tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "TRIES", 1)
    run("ALTER TABLE at_once_b ADD CONSTRAINT positive CHECK (n >= 0) NOT VALID")
    free = threading.Event()
    with cleaned(free), gentle(connection):
        threading.Timer(1, free.set).start()
        validate(connection)

    assert run("SELECT convalidated FROM pg_constraint WHERE conname = 'positive'") == [(True,)]


@on_postgresql
def test_a_table_that_is_never_free_leaves_all_as_it_was(
    tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "TRIES", 2)
    monkeypatch.setattr(at_once, "PAUSE", 0)
    with closing(connections.create_connection("default")) as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE at_once_b IN ROW EXCLUSIVE MODE")
        with pytest.raises(OperationalError):
            change_both()
        other.rollback()

    assert not connection.in_atomic_block
    assert columns() == ["id", "n"]
    run("SELECT id FROM at_once_a")


@on_postgresql
def test_what_was_put_off_is_read_afterwards(tables: None) -> None:
    run("INSERT INTO at_once_b VALUES (1, -1)")
    with gentle(connection), connection.schema_editor(atomic=True) as editor:
        editor.execute("ALTER TABLE at_once_b ADD CONSTRAINT positive CHECK (n >= 0)")

    with pytest.raises(IntegrityError):
        validate(connection)
    run("UPDATE at_once_b SET n = 1")
    validate(connection)

    assert run("SELECT convalidated FROM pg_constraint WHERE conname = 'positive'") == [(True,)]


@on_postgresql
def test_an_index_beside_others_may_wait(tables: None) -> None:
    with gentle(connection), connection.schema_editor(atomic=False) as editor:
        editor.execute("CREATE INDEX CONCURRENTLY at_once_index ON at_once_b (n)")

        assert run("SHOW lock_timeout") == [(at_once.LONGEST_WAIT,)]
    assert run("SHOW lock_timeout") == [("0",)]
