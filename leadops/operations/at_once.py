"""Changes of the schema that keep nobody waiting: a migration's statements are sent in one go.

Django sends each one as its operation is come to, and thinks for up to a second before the next,
while the tables that it has changed are closed to everybody. Here they are gathered, and sent at
the end behind the locks that they need. Those are taken in the order in which a post takes its own;
where one is not to be had in a moment all are given back, and the posts that queued go first.
Whoever cleans a table or builds an index is waited for before that, in a lock that no post minds.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Self, cast

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

log = logging.getLogger(__name__)

LONGEST_WAIT = "300ms"
"""For one lock, as others queue behind it. Shorter than PostgreSQL's `deadlock_timeout` (1 s):
where a post and a change wait for each other, it is the change that gives way."""
LONGEST_WAIT_ALONE = "1min"
"""For a lock behind which no post queues. Autovacuum gives way to one that is waited for as long as
`deadlock_timeout`; a VACUUM of a person's and an index never do."""
TRIES = 200
PAUSE = 0.3
"""Seconds between two tries: for the posts that queued."""
LOCK_NOT_AVAILABLE = "55P03"

ORDER = (
    *("leads_lead", "leads_figure", "leads_leadevent", "leads_apilog", "leads_rejectedsubmission"),
    *("leads_sitekey", "leads_site", "leads_destination"),
)
"""As a post has them: what it writes, then at its COMMIT what its foreign keys name."""
ALONE = "SHARE UPDATE EXCLUSIVE"
"""Of one that cleans a table or builds an index: rows are read and written beside it."""
MODES = SHARE, SHARE_ROW, ACCESS = ("SHARE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE")
"""The weakest first: beside a foreign key's, the named table's rows are read and locked on."""

NAME = r'("[^"]+"|[a-z_][\w$]*(?![\w$]))'
NEEDS = (
    (re.compile(rf"\bREFERENCES {NAME}", re.I), SHARE_ROW),
    (re.compile(rf"\bALTER TABLE {NAME} ADD CONSTRAINT \S+ FOREIGN KEY", re.I), SHARE_ROW),
    (
        re.compile(rf"\bALTER TABLE {NAME}(?! (?:VALIDATE|ADD CONSTRAINT \S+ FOREIGN))", re.I),
        ACCESS,
    ),
    (re.compile(rf"\b(?:DROP TABLE|TRUNCATE)(?: IF EXISTS)? {NAME}", re.I), ACCESS),
    (re.compile(rf"\bCREATE (?:UNIQUE )?INDEX \S+ ON {NAME}", re.I), SHARE),
)
"""What a statement locks, by its form."""

TO_BE_READ = (
    (
        re.compile(rf"(ALTER TABLE {NAME}) ADD COLUMN (.*?) (CHECK \(.*\))$", re.I | re.S),
        r"\1 ADD COLUMN \3;\n\1 ADD \4 NOT VALID",
    ),
    (
        re.compile(
            rf"(ALTER TABLE {NAME}) ADD COLUMN {NAME} (.*?) CONSTRAINT (\S+) (REFERENCES .*?);"
            r" SET CONSTRAINTS \S+ IMMEDIATE$",
            re.I | re.S,
        ),
        r"\1 ADD COLUMN \3 \4;\n\1 ADD CONSTRAINT \5 FOREIGN KEY (\3) \6 NOT VALID",
    ),
    (
        re.compile(
            rf"(ALTER TABLE {NAME} ADD CONSTRAINT \S+ (?:CHECK|FOREIGN KEY) .*)$", re.I | re.S
        ),
        r"\1 NOT VALID",
    ),
)
"""Forms that read the whole table under the lock, and how they are put off: new rows obey at once,
and those that are there are read by `validate`, beside whoever uses them."""
NOT_VALID = """
SELECT conrelid::regclass::text, quote_ident(conname)
FROM pg_constraint
WHERE NOT convalidated AND conrelid <> 0 AND connamespace = current_schema()::regnamespace
ORDER BY 1, 2
"""


class AtOnce(BaseDatabaseSchemaEditor):
    """Before PostgreSQL's editor. A migration that is not atomic is sent as Django has it."""

    def __enter__(self) -> Self:
        self.gathered: list[str] = []
        self.holds_locks = False
        self.before_reads = self.connection.execute_wrapper(self._send_before)
        self.before_reads.__enter__()
        super().__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        try:
            if kind is None and self.atomic_migration:
                self._end()
        except BaseException as failure:
            self.deferred_sql = []
            super().__exit__(type(failure), failure, failure.__traceback__)
            raise
        finally:
            self.before_reads.__exit__(None, None, None)
        super().__exit__(kind, error, traceback)

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Gather a statement, or send it now where there is no transaction to send it in."""
        if params is not None:
            sql = cast("Any", self.connection.ops).compose_sql(str(sql), params)
        if self.atomic_migration:
            self.gathered.append(put_off(str(sql).rstrip().rstrip(";")))
        elif "CONCURRENTLY" in str(sql).upper():
            # Nobody queues behind it; cut off in its last wait, all of its work would be lost.
            with_limit(self.connection, "0", lambda: self._run(str(sql)))
        elif self.connection.in_atomic_block:
            self._run(str(sql))
        elif needs([str(sql)]):
            patiently(partial(self._send, [str(sql)]))
        else:
            patiently(partial(self._run, str(sql)))

    def send(self) -> None:
        """Send what was gathered, behind its locks."""
        statements, self.gathered = self.gathered, []
        if not statements:
            return
        send = partial(self._send, statements)
        # With locks of before there is no giving way but by rolling all of it back.
        send() if self.holds_locks else patiently(send)
        self.holds_locks = True

    def _send(self, statements: list[str]) -> None:
        text = ";\n".join([*self._locks(self._needed(statements)), *statements])
        with transaction.atomic(self.connection.alias):
            self._run(text)

    def _end(self) -> None:
        for statement in self.deferred_sql:
            self.execute(statement, None)
        self.deferred_sql = []
        self.send()

    def _send_before(self, execute: Callable[..., Any], *of_a_statement: Any) -> Any:
        """Whoever asks the database in between sees what was changed up to there."""
        self.send()
        return execute(*of_a_statement)

    def _locks(self, needed: dict[str, str]) -> Iterator[str]:
        # With locks of before posts queue already: no time for whoever they do not mind.
        if needed and not self.holds_locks:
            yield f"SET LOCAL lock_timeout = '{LONGEST_WAIT_ALONE}'"
            yield from (f'LOCK TABLE "{table}" IN {ALONE} MODE' for table in needed)
            yield f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'"
        yield from (f'LOCK TABLE "{table}" IN {mode} MODE' for table, mode in needed.items())

    def _needed(self, statements: Iterable[str]) -> dict[str, str]:
        """The lock of each table that is there."""
        needed = needs(statements)
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NOT NULL",
                [[f'"{table}"' for table in needed]],
            )
            there = {name.strip('"') for (name,) in cursor.fetchall()}
        return {table: mode for table, mode in needed.items() if table in there}

    def _run(self, text: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(text)


def needs(statements: Iterable[str]) -> dict[str, str]:
    """The lock that each table needs, in a post's order."""
    modes: dict[str, str] = {}
    for statement in statements:
        for form, mode in NEEDS:
            for name in form.findall(statement):
                table = name.strip('"')
                modes[table] = max(modes.get(table, mode), mode, key=MODES.index)
    return dict(sorted(modes.items(), key=lambda one: (rank(one[0]), one[0])))


def put_off(statement: str) -> str:
    """The statement without the reading of rows that are there."""
    for form, instead in TO_BE_READ:
        if form.match(statement):
            return form.sub(instead, statement)
    return statement


def validate(connection: BaseDatabaseWrapper) -> None:
    """Read what was put off, also by a run of before. Raises IntegrityError where it fails."""
    with connection.cursor() as cursor:
        cursor.execute(NOT_VALID)
        for table, name in cursor.fetchall():
            statement = f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
            # Nobody queues behind it, as with an index that is built.
            with_limit(connection, "0", partial(cursor.execute, statement))


def rank(table: str) -> int:
    """Where a table stands in a post's order; one that posts do not know comes first."""
    return ORDER.index(table) if table in ORDER else -1


def patiently(send: Callable[[], Any]) -> None:
    """Until its locks are to be had. Raises OperationalError where they never are."""
    for number in range(1, TRIES + 1):
        try:
            send()
        except OperationalError as error:
            if code_of(error) != LOCK_NOT_AVAILABLE or number == TRIES:
                raise
            log.info("a table is in use: tried again in a moment (%s)", number)
            time.sleep(PAUSE)
        else:
            return


def with_limit(connection: BaseDatabaseWrapper, wait: str, run: Callable[[], Any]) -> None:
    """Run with another limit of a lock's wait."""
    set_limit(connection, "lock_timeout", wait)
    try:
        run()
    finally:
        set_limit(connection, "lock_timeout", LONGEST_WAIT)


def set_limit(connection: BaseDatabaseWrapper, name: str, value: str) -> None:
    """How long a statement may run or wait for a lock, on this connection from now on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def code_of(error: OperationalError) -> str:
    """PostgreSQL's code of an error; empty where it has none."""
    return str(getattr(error.__cause__, "pgcode", "") or "")
