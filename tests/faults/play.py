"""Playing a fault: leads come in, something breaks, it is mended, and the witnesses are asked."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.faults.client import Client
from tests.faults.judge import Verdict, judge
from tests.faults.stage import Stage
from tests.faults.stage import stage as another

RECOVERY = 120.0
"""Seconds in which work must have resumed by itself and every lead be settled."""
SETTLE = 420.0
"""Seconds that leads get to settle before they are called lost; more than the promise."""

Act = Callable[[Stage, random.Random], Iterator[None] | None]
"""Breaks something, and returns when that is over. What comes after a `yield` is done once all
leads are settled."""


class Unavailable(Exception):
    """The fault cannot be made on this machine, or has no meaning on this database."""


@dataclass(frozen=True)
class Fault:
    """One row of the table."""

    name: str
    act: Act
    tries: int = 1
    leads: int = 60
    on: tuple[str, ...] = ("sqlite", "postgresql")
    """The databases on which it has a meaning."""
    short: bool = False
    """Whether `make test` plays it too."""
    rate: float = 20.0
    """Leads a second, while they last."""
    slow: float = 0.0
    """Seconds that Zoho takes for each call meanwhile, so that somebody is busy."""
    marks: dict[int, str] = field(default_factory=dict)
    """Words before the addresses of some leads, by number."""
    small_disk: bool = False
    """Whether the database must lie on a file system that can be filled."""
    https: bool = False
    """Whether Zoho must be reached by TLS."""
    recovery: float = RECOVERY
    """Seconds in which everything must be settled; more only where the schedule says so."""

    def needs_own_stage(self, stage: Stage) -> bool:
        """Whether it cannot be played on this one."""
        return (self.small_disk and not stage.disk) or (self.https and not stage.tls_proxy)


@dataclass
class Row:
    """What a fault came to, over all its tries."""

    fault: Fault
    tries: int = 0
    posted: int = 0
    acknowledged: int = 0
    repeated: int = 0
    failed: int = 0
    others: int = 0
    lost: int = 0
    twice: int = 0
    unbalanced: int = 0
    seconds: float = 0.0
    why: list[str] = field(default_factory=list)
    """What is wrong with it; nothing where the promise held."""
    notes: list[str] = field(default_factory=list)
    """What else there is to say."""
    skipped: str = ""

    def add(self, verdict: Verdict, seconds: float) -> None:
        """Count one try."""
        self.tries += 1
        self.posted += verdict.posted
        self.acknowledged += verdict.acknowledged
        self.repeated += verdict.repeated
        self.failed += verdict.failed
        self.others += verdict.others
        self.lost += len(verdict.lost)
        self.twice += len(verdict.twice)
        self.unbalanced += len(verdict.unbalanced)
        self.seconds = max(self.seconds, seconds)
        if not verdict.is_good:
            self.why.append(str(verdict))
        if seconds > self.fault.recovery:
            self.why.append(f"took {seconds:.0f} s, allowed are {self.fault.recovery:.0f}")

    @property
    def leads(self) -> int:
        """How many leads were at stake."""
        return self.acknowledged + self.others

    @property
    def is_good(self) -> bool:
        """Whether the promise held each time."""
        return not self.why


FAULTS: list[Fault] = []


def fault(name: str, **options: object) -> Callable[[Act], Act]:
    """Enter a function into the table; it breaks something and returns when that is over."""

    def enter(act: Act) -> Act:
        FAULTS.append(Fault(name, act, **options))  # type: ignore[arg-type]  # by name, of the fault's own
        return act

    return enter


def play(stage: Stage, fault: Fault, seed: int, tries: int = 1, leads: int | None = None) -> Row:
    """Play a fault some times; the same seed makes the same choices."""
    row = Row(fault)
    if fault.small_disk and os.geteuid() != 0:
        row.skipped = "needs root, to mount a small file system"
        return row
    if fault.needs_own_stage(stage):
        with another(stage.database, stage.production, fault.small_disk, fault.https) as own:
            return play(own, fault, seed, tries, leads)
    for number in range(tries):
        dice = random.Random(f"{seed}/{fault.name}/{number}")
        try:
            verdict, seconds = once(stage, fault, dice, leads or fault.leads)
        except Unavailable as reason:
            row.skipped = str(reason)
            return row
        row.add(verdict, seconds)
        row.notes += stage.notes
        stage.notes.clear()
    return row


def once(stage: Stage, fault: Fault, dice: random.Random, leads: int) -> tuple[Verdict, float]:
    """One try: the verdict, and the seconds from the end of the fault until all was settled."""
    stage.mend()
    stage.forget()
    if fault.slow:
        stage.fault(latency=fault.slow, only="insert")
    since = stage.last_lead()
    tag = f"{dice.getrandbits(40):x}"
    client = Client(stage.url, stage.key, tag, leads, fault.rate, marks=fault.marks)
    client.start()
    while client.acknowledged < min(3, leads):
        time.sleep(0.05)
    try:
        after = fault.act(stage, dice) or iter(())
        next(after, None)
    finally:
        stage.mend()
    ended = time.monotonic()
    client.join()
    settle(stage, SETTLE)
    seconds = time.monotonic() - ended
    next(after, None)
    return judge(client.posts, stage, since), seconds


def settle(stage: Stage, seconds: float = SETTLE) -> None:
    """Wait until no lead is on its way, or for long enough; the judge says what is left."""
    until = time.monotonic() + seconds
    while stage.open_leads():
        if time.monotonic() > until:
            return
        time.sleep(0.2)
