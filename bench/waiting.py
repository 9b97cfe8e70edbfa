"""Whether posts feel clients that wait for receipts: `python -m bench.waiting [--quick]`.

30 posts a second at even intervals, in turns without a client and with 200 that ask
`GET /api/v1/leads/UUID/?wait=20` in a loop, politely (`bench.kit.polls`). No worker runs, so that
nobody's lead is settled and everybody goes on waiting; processes and threads are those of
production, of which a quarter may wait. Every pair of turns has a ratio of its own.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections import Counter
from dataclasses import asdict, dataclass, field

from bench.intake import OUT_OF_REACH, PATH, WARM_UP
from bench.kit.load import Order, Result
from bench.kit.machine import Watch
from bench.kit.polls import Order as Polls
from bench.kit.polls import Said
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show, spread
from bench.kit.stage import Database, Failed, Process, Stage, expect, stage

CLIENTS = 200
PACE = 30.0
"""Posts a second."""
SETTLE = 3.0
"""Seconds until each client has asked for the first time, and the places are taken."""
LEADS = "SELECT count(*) FROM leads_lead"


@dataclass
class Side:
    """The turns with so many clients."""

    clients: int
    results: list[Result] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    used: float = 0.0
    """CPU seconds of the web server."""

    def all(self, name: str) -> str:
        """A latency of each turn, in milliseconds."""
        return spread([getattr(result, name) for result in self.results], ".1f")

    def beside(self, other: Side, name: str) -> str:
        """As a part of the other side's, taken within each pair."""
        pairs = zip(self.results, other.results, strict=True)
        return spread([getattr(mine, name) / getattr(theirs, name) for mine, theirs in pairs])


@dataclass
class Scene:
    """One installation, and who posts and asks there."""

    stage: Stage
    database: Database
    port: int
    web: Process
    headers: dict[str, str]
    seconds: float
    receipts: list[str] = field(default_factory=list)

    def turn(self, side: Side) -> None:
        """One turn of posts, among so many clients."""
        clients = self.begin(side.clients) if side.clients else None
        before = self.web.cpu()
        side.results.append(self.posts(self.seconds, PACE))
        side.used += self.web.cpu() - before
        if clients is not None:
            clients.child.wait(self.seconds + 60)
            side.said.append(Said(**json.loads(clients.said())))

    def begin(self, number: int) -> Process:
        """Let the clients begin."""
        paths = self.receipts[:number]
        order = Polls(self.port, paths, self.seconds + SETTLE + 2, self.headers)
        clients = self.stage.start(
            "polls", "-m", "bench.kit.polls", json.dumps(asdict(order)), env={}
        )
        time.sleep(SETTLE)
        return clients

    def posts(self, seconds: float, pace: float = 0.0) -> Result:
        """Posts of the generator."""
        order = Order(self.port, PATH, seconds, headers=self.headers, pace=pace)
        said = self.stage.run("-m", "bench.kit.load", env={}, given=json.dumps(asdict(order)))
        return Result(**json.loads(said))

    def lead(self, number: int) -> str:
        """Post one; the path of its receipt."""
        body = json.dumps({"email": f"ada.{number}@example.com", "contact_name": f"Ada {number}"})
        headers = self.headers | {"Content-Type": "application/json"}
        address = f"http://127.0.0.1:{self.port}{PATH}"
        post = urllib.request.Request(address, body.encode(), headers)
        with urllib.request.urlopen(post) as answer:
            said = json.load(answer)
        expect("a lead that waits", said["status"], "queued")
        return f"{PATH}{said['id']}/"


def measure(scene: Stage, length: Length) -> Part:
    """The pairs of turns. Raises Failed when leads are missing or nobody waited."""
    database = scene.database("waiting")
    env = scene.leadops(database) | {"INTAKE_QUOTA": OUT_OF_REACH}
    key = scene.run("manage.py", "createsite", "Bench", env=env).strip()
    port, web = scene.gunicorn("web", "leadops.wsgi", env, "/healthz/live")
    headers = {"Authorization": f"Bearer {key}"}
    here = Scene(scene, database, port, web, headers, length.steady)
    here.receipts = [here.lead(number) for number in range(CLIENTS)]
    taken = CLIENTS + here.posts(WARM_UP).acknowledged
    watch = Watch()
    alone, among = sides = Side(0), Side(CLIENTS)
    for number in range(length.rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            here.turn(side)
    taken += sum(result.acknowledged for side in sides for result in side.results)
    expect("leads", database.value(LEADS), taken)
    if not sum(said.waited + said.at_once for said in among.said):
        raise Failed("no client was answered")
    part = Part(f"Waiting for receipts: {PACE:.0f} posts a second, {CLIENTS} clients that wait")
    part.rows = [
        Row(
            f"posts, {words}",
            among.all(name),
            f"without {alone.all(name)}",
            among.beside(alone, name),
            aim,
        )
        for name, words, aim in (("p99", "p99 ms", "1"), ("median", "median ms", ""))
    ]
    part.notes = [*notes(alone, among), watch.says()]
    return part


def notes(alone: Side, among: Side) -> list[str]:
    """How everybody was answered."""
    posts = [sum(result.acknowledged for result in side.results) for side in (alone, among)]
    errors = [sum(result.errors for result in side.results) for side in (alone, among)]
    others = sum((Counter(said.others) for said in among.said), Counter())
    asked = sum(said.waited + said.at_once for said in among.said) + others.total()
    at_once = sum(said.at_once for said in among.said)
    return [
        f"Posts answered 2xx: {posts[1]:,} among clients and {posts[0]:,} alone; otherwise: "
        f"{errors[1]} and {errors[0]}.",
        f"Receipts: {asked:,} answers, {at_once:,} of them at once with Retry-After, "
        f"{sum(said.waited for said in among.said):,} after a wait, otherwise {dict(others) or 0}.",
        f"CPU: web {among.used:.1f} s among clients and {alone.used:.1f} s alone, clients "
        f"{sum(said.cpu for said in among.said):.1f} s.",
    ]


def main() -> None:
    """Alone: `python -m bench.waiting [--quick]`."""
    options = arguments("Posts among clients that wait for receipts").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
