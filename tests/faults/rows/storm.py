"""The storm: leads come in while process after process is killed and answers are lost."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from tests.faults.client import Client
from tests.faults.judge import Verdict, judge
from tests.faults.play import settle
from tests.faults.processes import cast, children, kill
from tests.faults.stage import Stage
from tests.faults.stories import last_settled

LEADS = 10_000
KILLS = 200
DROPPED = 0.10
"""Of Zoho's answers, after it has stored."""
BROKEN = 0.05
"""Of its answers are a 500, after it has stored."""
BETWEEN = (2.0, 8.0)
"""Seconds between two kills."""
MENDED_IN = 2.0
"""Seconds, about, in which what was killed is there again."""
SETTLE = 1800.0

Victim = Callable[[Stage, random.Random], None]


def web_worker(stage: Stage, dice: random.Random) -> None:
    kill(*children(stage.processes["web"].pid))


def web(stage: Stage, dice: random.Random) -> None:
    stage.kill_tree("web")


def worker_machine(stage: Stage, dice: random.Random) -> None:
    stage.kill_tree("worker")


def supervisor(stage: Stage, dice: random.Random) -> None:
    stage.kill("worker")


def of_the_cluster(part: str) -> Victim:
    """A process of the delivering cluster, if there is one just now; else its supervisor."""

    def victim(stage: Stage, dice: random.Random) -> None:
        found = cast(stage.processes["worker"].pid)
        if found is None:
            return supervisor(stage, dice)
        if part == "worker":
            return kill(dice.choice(found.busy() or found.workers))
        return kill(getattr(found, part))

    return victim


def database(stage: Stage, dice: random.Random) -> None:
    """PostgreSQL crashes; SQLite has no process, so the web process goes."""
    if stage.server is None:
        return web(stage, dice)
    stage.server.stop("immediate")
    time.sleep(2)
    stage.server.start()
    return None


VICTIMS: dict[str, tuple[int, Victim]] = {
    "worker": (6, of_the_cluster("worker")),
    "web worker": (3, web_worker),
    "web": (1, web),
    "main": (2, of_the_cluster("main")),
    "sentinel": (2, of_the_cluster("sentinel")),
    "pusher": (2, of_the_cluster("pusher")),
    "monitor": (2, of_the_cluster("monitor")),
    "supervisor": (2, supervisor),
    "worker's machine": (1, worker_machine),
    "database": (2, database),
}
"""How often each is drawn, and how it ends."""


def storm(
    stage: Stage, seed: int, leads: int, kills: int, say: Callable[[str], None]
) -> tuple[Verdict, float, Counter[str]]:
    """Play it: the verdict, the seconds from the last kill until all was settled, who died.

    Answers go on being lost until a moment after the last kill.
    """
    dice = random.Random(f"{seed}/storm")
    stage.mend()
    stage.forget()
    stage.fault_list(
        {"mode": "store_then_hang_up", "probability": DROPPED, "seed": seed},
        {"mode": "500_after", "probability": BROKEN, "seed": seed + 1},
        {"latency": 0.3},
    )
    names = list(VICTIMS)
    weights = [VICTIMS[name][0] for name in names]
    since = stage.last_lead()
    rate = leads / max(1.0, kills * (sum(BETWEEN) / 2 + MENDED_IN))
    client = Client(stage.url, stage.key, f"{dice.getrandbits(40):x}", leads, rate, threads=6)
    client.start()
    died: Counter[str] = Counter()
    ended, at = 0.0, datetime.now(UTC)
    # No lead may come after the storm, nor the storm after the last lead.
    while died.total() < kills or not client.is_done:
        time.sleep(dice.uniform(*BETWEEN))
        name = dice.choices(names, weights)[0]
        VICTIMS[name][1](stage, dice)
        ended, at = time.monotonic(), datetime.now(UTC)
        died[name] += 1
        stage.make_whole()
        if died.total() % 10 == 0:
            stage.forget()
            say(f"  {died.total()} kills, {client.acknowledged} leads acknowledged")
    stage.mend()
    settle(stage, SETTLE)
    seconds = time.monotonic() - ended
    for story in last_settled(stage, at):
        say(f"  {story}")
    return judge(client.posts, stage, since), seconds, died
