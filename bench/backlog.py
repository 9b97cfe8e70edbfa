"""How soon a fresh lead is in Zoho while 100,000 others wait: `python -m bench.backlog [--quick]`.

The whole system runs, the sandbox answers an insert after 300 ms, and leads are posted one at a
time at irregular moments: first while nothing else is to do, then while leads that came in an hour
ago are worked off as fast as four workers can. Each time the sandbox is asked every 5 ms whether it
holds this very lead. It stores a record when the 300 ms are over, so that these are part of every
wait. Posting ends when a tenth of the backlog is left; then all of it is delivered and counted.
"""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.delivery import LATENCY, OPEN, WORKERS
from bench.kit.load import BODY, percentile
from bench.kit.machine import Watch
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show
from bench.kit.stage import Database, Failed, Sandbox, Stage, expect, stage, wait_until

PAUSE = (0.05, 0.5)
"""Seconds between two posts, drawn anew each time."""
LOOK_EVERY = 0.005
PATIENCE = 60
LEFT = 0.1
"""The part of the backlog that must still wait at the last post."""
HOURS = 1
"""For which the backlog has waited: a claim takes what came in the last minute first."""
AIM_MS = 3000


@dataclass
class Visitor:
    """Somebody who posts a lead now and then, and looks for it in Zoho."""

    port: int
    key: str
    sandbox: Sandbox
    dice: random.Random
    posts: int = 0

    def wait(self) -> float:
        """Post a lead after a pause; milliseconds from its 202 to its record in Zoho."""
        time.sleep(self.dice.uniform(*PAUSE))
        self.posts += 1
        reference, answered = self.post()
        place = f"count?field=Lead_Ref&value={reference}"
        arrived = wait_until(
            lambda: bool(self.sandbox.ask("GET", place)["records"]),
            PATIENCE,
            "the fresh lead did not arrive",
            LOOK_EVERY,
        )
        return (arrived - answered) * 1000

    def post(self) -> tuple[str, float]:
        """The lead's reference, and the moment of its 202 (time.time())."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        name = f"fresh-{self.posts}"
        connection.request("POST", "/api/v1/leads/", BODY % (name, name, self.posts), headers)
        answer = connection.getresponse()
        answered = time.time()
        content = json.loads(answer.read())
        connection.close()
        if answer.status != 202:
            raise Failed(f"a post was answered {answer.status}")
        return content["id"], answered


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run. Raises Failed unless everything arrives once."""
    database, sandbox = scene.database("backlog"), scene.sandbox("backlog")
    env = scene.leadops(database, sandbox)
    limits = f"max_slots = {WORKERS}, calls_per_second = 100"
    database.execute(f"UPDATE leads_destination SET {limits}")
    key = scene.run("manage.py", "createsite", "Bench", env=env).strip()
    sandbox.ask("PUT", "faults", {"latency": LATENCY})
    port, _web = scene.gunicorn("web", "leadops.wsgi", env, "/healthz/live")
    scene.start("worker", "manage.py", "worker", env=env)
    watch = Watch()
    visitor = Visitor(port, key, sandbox, random.Random(length.waiting))
    visitor.wait()  # which also fetches the token and the fields
    idle = [visitor.wait() for _ in range(length.posts)]
    hours = ("--hours", str(HOURS))
    scene.run("-m", "bench.seed", "--count", str(length.waiting), *hours, env=env)
    begin(database, length.waiting)
    busy, waiting = [], length.waiting
    for left in backlog(database, length.waiting):
        waiting = left
        busy.append(visitor.wait())
    wait_until(lambda: not database.value(OPEN), length.waiting / 5, "leads are on their way", 0.5)
    balance(database, sandbox, length.waiting + visitor.posts)
    part = Part(f"Fresh under backlog: {length.waiting:,} older leads wait, {WORKERS} workers")
    part.rows = rows(busy, idle)
    part.notes = [
        f"{len(busy)} leads were posted while {length.waiting:,} to {waiting:,} others waited, "
        f"{len(idle)} on the idle system; Zoho's {LATENCY * 1000:.0f} ms are in each figure.",
        f"All {length.waiting + visitor.posts:,} leads arrived, none twice.",
        watch.says(),
    ]
    return part


def begin(database: Database, waiting: int) -> None:
    """Wait until every worker has sent its first batch of the backlog."""
    enough = waiting - WORKERS * 100
    wait_until(lambda: database.value(OPEN) <= enough, PATIENCE, "no worker began", 0.1)


def backlog(database: Database, waiting: int) -> Iterator[int]:
    """How many wait, again and again, as long as that is still a backlog."""
    while (left := database.value(OPEN)) > LEFT * waiting:
        yield left


def balance(database: Database, sandbox: Sandbox, leads: int) -> None:
    """Each lead is delivered, and in Zoho once. Raises Failed."""
    delivered = database.value("SELECT count(*) FROM leads_lead WHERE status = 'delivered'")
    expect("delivered leads", delivered, leads)
    expect("records", sandbox.ask("GET", "count"), {"records": leads, "distinct": leads})


def rows(busy: list[float], idle: list[float]) -> list[Row]:
    """Median and worst, beside those of the idle system. Raises Failed for too few posts."""
    if len(busy) < len(idle) / 3:
        raise Failed(f"the backlog was over after {len(busy)} posts")
    shares = {"median": 0.5, "p99": 0.99, "worst": 1.0}
    made = []
    for name, share in shares.items():
        mine, theirs = percentile(busy, share), percentile(idle, share)
        aim = "" if name == "median" else f"≤ {AIM_MS:,}"
        made.append(
            Row(
                f"fresh under backlog, {name} ms",
                f"{mine:,.0f}",
                f"idle {theirs:,.0f}",
                f"{mine / theirs:.2f}",
                aim,
            )
        )
    return made


def main() -> None:
    """Alone: `python -m bench.backlog [--quick]`."""
    options = arguments("How soon a fresh lead is in Zoho while others wait").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
