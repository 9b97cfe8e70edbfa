"""How long a change of tables keeps everybody else from them."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from contextlib import closing

import psycopg2

STRONG = """
SELECT l.granted, l.pid, c.relname, l.mode
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
  AND c.relname = ANY(%s) AND l.pid <> pg_backend_pid()
"""
"""Locks that keep rows from being written, on the tables that a post writes or reads: held, and
waited for, behind which everybody else queues."""
WATCHED = [
    *("leads_lead", "leads_site", "leads_sitekey", "leads_destination", "leads_figure"),
    *("leads_apilog", "leads_apicall", "leads_allowance", "leads_rejectedsubmission"),
    *("leads_leadevent", "django_q_ormq", "leads_heartbeat", "leads_slot"),
]


class LockWatch:
    """Looks at the locks every few milliseconds, from a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.longest: dict[str, float] = {}
        """Seconds that one was held, by table."""
        self.waited: dict[str, float] = {}
        """Seconds that one was waited for, by table."""
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def seconds(self) -> float:
        """The longest of all that were held."""
        return max(self.longest.values(), default=0.0)

    @property
    def seconds_waited(self) -> float:
        """The longest wait of all, in which posts queued."""
        return max(self.waited.values(), default=0.0)

    def start(self) -> None:
        """Begin to look."""
        self.thread.start()

    def stop(self) -> None:
        """Look no more."""
        self.ended.set()
        self.thread.join()

    def _watch(self) -> None:
        since: dict[tuple[bool, int, str, str], float] = {}
        with closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            while not self.ended.wait(0.02):
                cursor.execute(STRONG, [WATCHED])
                now = time.monotonic()
                seen = {(granted, *lock) for granted, *lock in cursor.fetchall()}
                since = {one: since.get(one, now) for one in seen}
                for (granted, _pid, table, _mode), began in since.items():
                    longest = self.longest if granted else self.waited
                    longest[table] = max(longest.get(table, 0.0), now - began)


ERROR = re.compile(
    r" ERROR:  (.*)\n(?:.* (?:DETAIL|HINT|CONTEXT):  .*\n(?:\t.*\n)*)*(.*STATEMENT: .*)?"
)
VALUES = re.compile(r"'[^']*'|\b\d+\b")


def errors_of(log: str) -> list[tuple[str, int]]:
    """What the server refused and how often, with the beginning of the statement."""
    found = Counter(
        (said, VALUES.sub("?", (of or "").partition("STATEMENT: ")[2].strip())[:160])
        for said, of in ERROR.findall(log)
    )
    return [(f"{said}: {of}", count) for (said, of), count in found.most_common()]
