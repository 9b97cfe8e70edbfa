"""What proof of arrival costs, and whether fresh leads feel it: `python -m bench.proof [--quick]`.

10,000 leads are delivered with 5 % read back, and as many without, in turns: of each a fifth comes
at once, and then leads are posted one at a time, as for `bench.backlog`, while their sample is read
back. Every call to Zoho takes 300 ms. A sample is gathered for ten minutes; here it is due as soon
as its turn's leads are delivered. In Zoho a workflow gives each record another phone number and
another owner than was sent: nobody may be told of that.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.backlog import Visitor, balance
from bench.delivery import LATENCY, OPEN, WORKERS
from bench.kit.machine import Watch
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, middle, show, spread
from bench.kit.stage import Database, Failed, Sandbox, Stage, expect, stage, wait_until

SHARE = 5
"""Per cent that are read back."""
CREDITS = 200
"""A day, as shipped."""
AIM = 6
PATIENCE = 120
OWNERS = ("6100000000000101001", "6100000000000101002")
"""Who is sent, and who has the record afterwards."""
WORKFLOW = {"name": "Dial out", "set": {"Phone": "+49 30 1", "Owner": {"id": OWNERS[1]}}}
DELIVERY = ("insert", "token")
"""Calls that are no proof."""
WAITING = "SELECT count(*) FROM zoho_readback WHERE state = 'due' AND due_at <= now()"


@dataclass
class Side:
    """The turns with or without proof."""

    credits: int
    share: int
    leads: int = 0
    waits: list[float] = field(default_factory=list)
    """Milliseconds of each fresh lead, the turns one after the other."""
    medians: list[float] = field(default_factory=list)
    """Of each turn."""
    calls: Counter[str] = field(default_factory=Counter)

    def extra(self) -> float:
        """Calls that are no delivery, for 1,000 leads."""
        return sum(n for kind, n in self.calls.items() if kind not in DELIVERY) * 1000 / self.leads


@dataclass
class Scene:
    """One installation, and what is done with it."""

    stage: Stage
    database: Database
    sandbox: Sandbox
    env: dict[str, str]
    visitor: Visitor
    length: Length
    seed: int = 0

    def turn(self, side: Side) -> None:
        """Some leads at once, then fresh ones one by one, while the first are proved."""
        self.sandbox.ask("DELETE", "ledger")
        self.database.execute(
            f"UPDATE zoho_connection SET proof_credits = {side.credits}, proof_used = 0,"
            f" proof_share = {side.share}"
        )
        many = self.length.leads // 2 // self.length.rounds
        self.seed += 1
        seed = ("--count", str(many), "--seed", str(self.seed))
        self.stage.run("-m", "bench.seed", *seed, env=self.env)
        self.until_delivered()
        self.make_due()
        waits = [self.visitor.wait() for _ in range(self.length.posts)]
        self.until_delivered()
        side.waits += waits
        side.medians.append(middle(waits))
        side.leads += many + len(waits)
        if side.credits:
            self.make_due()
            waiting = "records are not read back"
            wait_until(lambda: not self.database.value(WAITING), PATIENCE, waiting, 0.2)
        else:
            self.database.execute("DELETE FROM zoho_readback WHERE state = 'due'")
        side.calls.update(self.sandbox.ask("GET", "ledger?last=0")["calls"])

    def until_delivered(self) -> None:
        """Wait until no lead is on its way."""
        wait_until(lambda: not self.database.value(OPEN), PATIENCE, "leads are on their way", 0.2)

    def make_due(self) -> None:
        """What was gathered so far is read now."""
        self.database.execute("UPDATE zoho_readback SET due_at = now() WHERE state = 'due'")


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run. Raises Failed for a false alarm, or unless everything arrives once."""
    database, sandbox = scene.database("proof"), scene.sandbox("proof")
    env = scene.leadops(database, sandbox)
    key = scene.run("manage.py", "createsite", "Bench", env=env).strip()
    database.execute(f"UPDATE leads_destination SET max_slots = {WORKERS}, calls_per_second = 100")
    database.execute(f"""UPDATE leads_site SET options = '{{"Owner": {{"id": "{OWNERS[0]}"}}}}'""")
    sandbox.ask("PUT", "fields", {"module": "Leads", "workflows": [WORKFLOW]})
    sandbox.ask("PUT", "faults", {"latency": LATENCY, "only": "any"})
    port, _web = scene.gunicorn("web", "leadops.wsgi", env, "/healthz/live")
    scene.start("worker", "manage.py", "worker", env=env)
    watch = Watch()
    visitor = Visitor(port, key, sandbox, random.Random(length.posts))
    visitor.wait()  # which also fetches the token and the fields
    here = Scene(scene, database, sandbox, env, visitor, length)
    without, with_proof = Side(0, 0), Side(CREDITS, SHARE)
    for side in turns(length.rounds, without, with_proof):
        here.turn(side)
    balance(database, sandbox, without.leads + with_proof.leads + 1)
    proved = no_false_alarm(database, sandbox)
    part = Part(f"Proof of arrival: {SHARE} % read back, {WORKERS} workers")
    part.rows = rows(without, with_proof)
    part.notes = [*notes(without, with_proof, proved), watch.says()]
    return part


def turns(rounds: int, *sides: Side) -> Iterator[Side]:
    """Whose turn it is; every other round the other one begins."""
    for number in range(rounds):
        yield from sides if number % 2 == 0 else reversed(sides)


def no_false_alarm(database: Database, sandbox: Sandbox) -> int:
    """How many records were read back, whole all of them although another program had changed
    each. Raises Failed.
    """
    expect("false alarms", database.value("SELECT count(*) FROM leads_incomplete"), 0)
    expect("notices", database.value("SELECT count(*) FROM notifications_notice"), 0)
    proved = int(database.value("SELECT count(*) FROM zoho_readback WHERE state = 'whole'"))
    read = database.value("SELECT count(*) FROM zoho_readback WHERE read_at IS NOT NULL")
    expect("records read back that are whole", proved, read)
    if not proved:
        raise Failed("nothing was read back")
    changed = [one["Phone"] for one in sandbox.ask("GET", "records")["records"]]
    expect("records that the workflow left alone", sum(p != "+49 30 1" for p in changed), 0)
    return proved


def rows(without: Side, with_proof: Side) -> list[Row]:
    """Calls, and how long a fresh lead takes."""
    mine, theirs = middle(with_proof.waits), middle(without.waits)
    return [
        Row(
            "proof, extra calls per 1,000 leads",
            f"{with_proof.extra() - without.extra():.1f}",
            f"without {without.extra():.1f}",
            aim=f"≤ {AIM}",
        ),
        Row(
            "fresh while read back, median ms",
            spread(with_proof.medians, ".0f"),
            f"without {spread(without.medians, '.0f')}",
            f"{mine / theirs:.2f}",
            "1",
        ),
    ]


def notes(without: Side, with_proof: Side, proved: int) -> list[str]:
    """What was called, and what was found."""
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(with_proof.calls.items()))
    return [
        f"{with_proof.leads:,} leads with proof and {without.leads:,} without, in "
        f"{len(with_proof.medians)} interleaved turns each; all arrived, none twice.",
        f"{proved:,} records were read back; calls with proof: {kinds}.",
        "0 false alarms, although a workflow had rewritten Phone and Owner of every record.",
    ]


def main() -> None:
    """Alone: `python -m bench.proof [--quick]`."""
    options = arguments("What proof of arrival costs").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
