"""How often a key or an address is tried that nobody has: counted, for the staff to find it.

Whoever posts with a mistyped or revoked key gets a 401, and seldom reads it. What is counted must
neither tell a secret nor cost much: six characters, so many rows a day. What a person mistypes is
written at once; of a flood a process writes twice a second, and everything counted meanwhile goes
along. At most the last half second of a flood is lost when a process ends.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F

from leads.clock import database_now
from leads.models import SiteKey, SourceAddress, UnknownPost
from leads.store import database

log = logging.getLogger(__name__)

MOST_A_DAY = 50
"""Rows of a day with a beginning; all further ones share one row a door."""
SHOWN = 6
"""Characters of a beginning."""
NO_KEY = "(none)"
"""Stands for a post that showed no key; none is written like that."""
WRITES_A_SECOND = 2
ODD = re.compile(r"[^\w.~+/=:-]", re.ASCII)


class Tried(NamedTuple):
    """What was tried, and where."""

    door: str
    beginning: str
    digest: str


class Counting:
    """The posts that one process has not written down yet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.lock = threading.Lock()
        self.waiting: Counter[Tried] = Counter()
        self.second, self.writes = -1, 0

    def add(self, tried: Tried) -> Counter[Tried]:
        """Count one; what is to be written now, nothing after enough writes of this second."""
        with self.lock:
            if len(self.waiting) >= MOST_A_DAY and tried not in self.waiting:
                tried = Tried(tried.door, "", "")
            self.waiting[tried] += 1
            second = int(self.clock())
            if second != self.second:
                self.second, self.writes = second, 0
            if self.writes >= WRITES_A_SECOND:
                return Counter()
            self.writes += 1
            taken, self.waiting = self.waiting, Counter()
            return taken


counting = Counting()


def count_unknown(door: str, secret: str = "") -> None:
    """Count a post with a key or to an address that nobody has, or with none.

    Whatever becomes of the count, the answer stays the same.
    """
    beginning = ODD.sub("?", secret[:SHOWN]) if secret else NO_KEY
    taken = counting.add(Tried(door, beginning, SiteKey.digest_of(secret)))
    if not taken:
        return
    try:
        write_down(taken)
    except (DatabaseError, InterfaceError) as error:
        log.warning("unknown posts were not counted: %s", type(error).__name__)


@transaction.atomic
def write_down(taken: Counter[Tried]) -> None:
    """Add to the rows of today. One process at a time, so that a day has no row too many."""
    database.let_the_disk_follow()
    database.lock_names(["unknown posts"])
    now = database_now()
    today = UnknownPost.objects.filter(day=now.date())
    rows = set(today.values_list("door", "beginning"))
    for (door, beginning), count in by_beginning(taken, now).items():
        is_full = sum(bool(shown) for _door, shown in rows) >= MOST_A_DAY
        place = (door, beginning if (door, beginning) in rows or not is_full else "")
        rows.add(place)
        row, _new = today.get_or_create(
            door=place[0],
            beginning=place[1],
            defaults={"day": now.date(), "last_at": now},
        )
        today.filter(pk=row.pk).update(count=F("count") + count, last_at=now)


def by_beginning(taken: Counter[Tried], now: datetime) -> Counter[tuple[str, str]]:
    """How often each was tried, by door and beginning; none of a key that works elsewhere."""
    digests = {tried.digest for tried in taken}
    live = {
        *SiteKey.objects.live().filter(digest__in=digests).values_list("digest", flat=True),
        *SourceAddress.objects.live(now)
        .filter(digest__in=digests)
        .values_list("digest", flat=True),
    }
    counted = Counter[tuple[str, str]]()
    for (door, beginning, digest), count in taken.items():
        counted[door, "" if digest in live else beginning] += count
    return counted
