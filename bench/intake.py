"""How many leads a second are stored and acknowledged, beside two programs that do less.

PostgreSQL with fsync, gunicorn with the same numbers for all three, 16 keep-alive connections
from one generator on the same machine; no worker runs. The three take turns within a round, and
every round has ratios of its own; the report shows their medians. Afterwards the rows in each
database must be as many as were acknowledged.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from bench.load import Order, Result
from bench.machine import Watch
from bench.peers import bare_wsgi
from bench.rounds import FULL, QUICK, Length, Part, Row, arguments, show, spread
from bench.stage import Database, Process, Stage, expect, stage

PATH = "/api/v1/leads/"
WARM_UP = 1.0
"""Seconds: every thread opens its connection and every import is done."""


@dataclass
class Side:
    """One of the three programs."""

    name: str
    port: int
    process: Process
    database: Database
    count: str
    """SQL that counts its leads."""
    headers: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    acknowledged: int = 0

    def turn(self, scene: Stage, seconds: float) -> Result:
        """One turn of the generator."""
        order = Order(self.port, PATH, seconds, headers=self.headers)
        said = scene.run("-m", "bench.load", env={}, given=json.dumps(asdict(order)))
        result = Result(**json.loads(said))
        self.acknowledged += result.acknowledged
        return result


def bare(scene: Stage) -> Side:
    """A bare WSGI callable: one INSERT and COMMIT."""
    database = scene.database("bare")
    database.execute(bare_wsgi.TABLE)
    env = {"DATABASE_URL": database.url}
    port, process = scene.gunicorn("bare", "bench.peers.bare_wsgi", env, "/")
    return Side("bare WSGI", port, process, database, "SELECT count(*) FROM bare_lead")


def plain(scene: Stage) -> Side:
    """A plain DRF view with a serializer and three rows."""
    database = scene.database("plain")
    settings = "bench.peers.plain_drf.settings"
    env = {"DATABASE_URL": database.url, "DJANGO_SETTINGS_MODULE": settings}
    scene.run("-m", "django", "migrate", "--run-syncdb", "-v0", env=env)
    port, process = scene.gunicorn("plain", "bench.peers.plain_drf.wsgi", env, PATH)
    return Side("plain DRF", port, process, database, "SELECT count(*) FROM plain_drf_outbox")


def ours(scene: Stage) -> Side:
    """LeadOps, with all that it does for a lead."""
    database = scene.database("leadops")
    env = scene.leadops(database)
    key = scene.run("manage.py", "createsite", "Bench", env=env).strip()
    database.execute("UPDATE leads_site SET quota = 0")
    port, process = scene.gunicorn("leadops", "leadops.wsgi", env, "/healthz/live")
    headers = {"Authorization": f"Bearer {key}"}
    return Side("LeadOps", port, process, database, "SELECT count(*) FROM leads_lead", headers)


def measure(scene: Stage, length: Length) -> Part:
    """The rounds. Raises Failed when rows and acknowledgements differ."""
    part = Part("Intake: durable leads a second, PostgreSQL, gunicorn, 16 connections")
    watch = Watch()
    sides = [bare(scene), plain(scene), ours(scene)]
    for side in sides:
        side.turn(scene, WARM_UP)
    used = {side.name: side.process.cpu() for side in sides}
    for _ in range(length.rounds):
        for side in sides:
            side.results.append(side.turn(scene, length.seconds))
    for side in sides:
        expect(f"{side.name}: rows", side.database.value(side.count), side.acknowledged)
    part.rows = rows(*sides)
    part.notes += [note(side, side.process.cpu() - used[side.name]) for side in sides]
    part.notes.append(watch.says())
    return part


def rows(least: Side, usual: Side, own: Side) -> list[Row]:
    """The table: ratios are taken within each round."""

    def ratio(other: Side, name: str) -> str:
        pairs = zip(own.results, other.results, strict=True)
        return spread([getattr(mine, name) / getattr(theirs, name) for mine, theirs in pairs])

    def rate(side: Side) -> str:
        return spread([result.rate for result in side.results], ",.0f")

    def p99(side: Side) -> str:
        return spread([result.p99 for result in side.results], ".0f")

    return [
        Row(
            "intake, leads/s", rate(own), f"bare WSGI {rate(least)}", ratio(least, "rate"), "≥ 0.5"
        ),
        Row("", "", f"plain DRF {rate(usual)}", ratio(usual, "rate"), "≥ 2"),
        Row("intake, p99 ms", p99(own), f"bare WSGI {p99(least)}", ratio(least, "p99"), "≤ 2"),
        Row("", "", f"plain DRF {p99(usual)}", ratio(usual, "p99")),
    ]


def note(side: Side, used: float) -> str:
    """Where one side's time went."""
    posts = sum(result.acknowledged for result in side.results)
    median = spread([result.median for result in side.results], ".1f")
    client = sum(result.cpu for result in side.results) / posts * 1e6
    errors = sum(result.errors for result in side.results)
    return (
        f"{side.name}: {posts:,} acknowledged = rows, {errors} errors, median {median} ms; CPU a "
        f"post: web {used / posts * 1e6:.0f} µs, generator {client:.0f} µs."
    )


def main() -> None:
    """Alone: `python -m bench.intake [--quick]`."""
    options = arguments("Intake, beside a bare WSGI callable and a plain DRF view").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
