"""How many leads a second are stored and acknowledged, beside programs that do less.

PostgreSQL with fsync or an SQLite file, gunicorn with the same numbers for all, 16 keep-alive
connections from one generator on the same machine; no worker runs. LeadOps counts its leads against
a quota, as it does for every site by default, one that is out of reach here; what a site without a
quota gets, and what a form tool gets at a webhook address, are figures beside it. The sides take
turns within a round, and every round has ratios of its own; the report shows their medians.
Afterwards the rows in each database must be as many as were acknowledged. On SQLite, 32 connections
post in the end, and not one may be told that the database is locked.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import urlsplit

from bench.kit.load import Order, Result
from bench.kit.machine import Watch
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show, spread
from bench.kit.stage import Database, Process, Stage, expect, stage
from bench.peers import bare_wsgi

PATH = "/api/v1/leads/"
WARM_UP = 1.0
"""Seconds: every thread opens its connection and every import is done."""
OUT_OF_REACH = "1000000000"
"""The default quota: counted with every lead, and never used up."""
WITHOUT = """
    SELECT count(*) FROM leads_lead WHERE NOT EXISTS (
        SELECT FROM leads_searchtoken WHERE lead_id = leads_lead.id)"""
CROWD = 32
"""Connections that post to SQLite at once."""


@dataclass
class Side:
    """One of the programs, or one site of LeadOps."""

    name: str
    port: int
    process: Process
    database: Database
    count: str
    """SQL that counts its leads."""
    headers: dict[str, str] = field(default_factory=dict)
    path: str = PATH
    results: list[Result] = field(default_factory=list)
    acknowledged: int = 0
    used: float = 0.0
    """CPU seconds of the program in this side's turns."""

    def turn(self, scene: Stage, seconds: float, connections: int = 16) -> Result:
        """One turn of the generator."""
        order = Order(self.port, self.path, seconds, connections, self.headers)
        before = self.process.cpu()
        said = scene.run("-m", "bench.kit.load", env={}, given=json.dumps(asdict(order)))
        result = Result(**json.loads(said))
        self.acknowledged += result.acknowledged
        self.used += self.process.cpu() - before
        return result

    def rates(self) -> str:
        """Leads a second."""
        return spread([result.rate for result in self.results], ",.0f")

    def p99s(self) -> str:
        """Milliseconds."""
        return spread([result.p99 for result in self.results], ".0f")

    def beside(self, other: Side, name: str) -> tuple[str, str]:
        """The other side's figure, and this side's as a part of it, taken within each round."""
        pairs = zip(self.results, other.results, strict=True)
        ratio = spread([getattr(mine, name) / getattr(theirs, name) for mine, theirs in pairs])
        return f"{other.name} {other.rates() if name == 'rate' else other.p99s()}", ratio

    def balance(self) -> None:
        """Raises Failed when rows and acknowledgements differ."""
        expect(f"{self.name}: rows", self.database.value(self.count), self.acknowledged)


def bare(scene: Stage, sqlite: bool = False) -> Side:
    """A bare WSGI callable: one INSERT and COMMIT."""
    database = scene.database("bare", sqlite)
    database.execute(bare_wsgi.SQLITE_TABLE if sqlite else bare_wsgi.TABLE)
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


def ours(scene: Stage, sqlite: bool = False) -> tuple[Side, Side, Side]:
    """LeadOps, with all that it does for a lead: a site as they are, one that has no quota, and one
    whose form tool posts the same to its webhook address.
    """
    database = scene.database("leadops", sqlite)
    env = scene.leadops(database) | {"INTAKE_QUOTA": OUT_OF_REACH}
    made = {"Usual": [], "Free": [], "Tool": ["--webhook"]}
    usual, free, tool = (
        scene.run("manage.py", "createsite", name, *options, env=env).strip()
        for name, options in made.items()
    )
    database.execute("UPDATE leads_site SET quota = 0 WHERE name = 'Free'")
    port, process = scene.gunicorn("leadops", "leadops.wsgi", env, "/healthz/live")

    def side(name: str, site: str, path: str = PATH, **headers: str) -> Side:
        count = "SELECT count(*) FROM leads_lead JOIN leads_site ON leads_site.id = site_id"
        count += f" WHERE leads_site.name = '{site}'"
        return Side(name, port, process, database, count, headers, path)

    return (
        side("LeadOps", "Usual", Authorization=f"Bearer {usual}"),
        side("LeadOps without a quota", "Free", Authorization=f"Bearer {free}"),
        side("LeadOps at a webhook address", "Tool", urlsplit(tool).path),
    )


def measure(scene: Stage, length: Length) -> Part:
    """The rounds on PostgreSQL. Raises Failed when rows and acknowledgements differ."""
    part = Part("Intake: durable leads a second, PostgreSQL, gunicorn, 16 connections")
    least, usual, own, free, tool = sides = [bare(scene), plain(scene), *ours(scene)]
    part.notes = take_turns(scene, sides, length)
    part.rows = [
        Row("intake, leads/s", own.rates(), *own.beside(least, "rate"), "≥ 0.5"),
        Row("", "", *own.beside(usual, "rate"), "≥ 2"),
        Row("intake, p99 ms", own.p99s(), *own.beside(least, "p99"), "≤ 2"),
        Row("", "", *own.beside(usual, "p99")),
        Row("the same without a quota", free.rates(), *free.beside(least, "rate")),
        Row("at a webhook address, leads/s", tool.rates(), *tool.beside(own, "rate"), "≥ 0.7"),
    ]
    return part


def measure_sqlite(scene: Stage, length: Length) -> Part:
    """The rounds on SQLite. Raises Failed also when a lead of the crowd is not taken."""
    part = Part("Intake: durable leads a second, SQLite, gunicorn, 16 connections")
    least, own, free, tool = sides = [bare(scene, sqlite=True), *ours(scene, sqlite=True)]
    part.notes = take_turns(scene, sides, length)
    crowd = own.turn(scene, length.seconds, CROWD)
    own.balance()
    expect(f"SQLite: refused with {CROWD} connections", crowd.errors, 0)
    part.rows = [
        Row("intake, SQLite, leads/s", own.rates(), *own.beside(least, "rate"), "≥ 0.4"),
        Row("intake, SQLite, p99 ms", own.p99s(), *own.beside(least, "p99")),
        Row("the same without a quota", free.rates(), *free.beside(least, "rate")),
        Row("at a webhook address, leads/s", tool.rates(), *tool.beside(own, "rate")),
    ]
    part.notes.append(
        f"{CROWD} connections at once: {crowd.acknowledged:,} acknowledged, none refused, "
        f"p99 {crowd.p99:.0f} ms."
    )
    return part


def measure_tokens(scene: Stage, length: Length) -> Part:
    """Pairs of turns: while a sweep gives tokens to the leads that come in, and while none does.

    Which of the two is first alternates. Between turns all leads are given theirs. Raises Failed
    when rows and acknowledgements differ, or when a lead is without a token in the end.
    """
    own, *_others = ours(scene)
    env, watch = scene.leadops(own.database), Watch()
    found: dict[bool, list[Result]] = {True: [], False: []}
    rests: list[float] = []
    own.turn(scene, WARM_UP)
    for number in range(length.rounds):
        for sweeps in (True, False) if number % 2 else (False, True):
            sweep = scene.start("sweep", "-m", "bench.kit.sweep", env=env) if sweeps else None
            found[sweeps].append(own.turn(scene, length.seconds * 4))
            if sweep:
                sweep.stop()
            rest = float(scene.run("-m", "bench.kit.sweep", "--rest", env=env))
            rests += [rest] * sweeps
    own.balance()
    expect("leads without a token", own.database.value(WITHOUT), 0)
    with_it, without = (replace(own, results=found[sweeps]) for sweeps in (True, False))
    without.name = "no sweep"
    part = Part("Intake while search tokens are written, PostgreSQL, gunicorn, 16 connections")
    part.rows = [
        Row("intake, leads/s", with_it.rates(), *with_it.beside(without, "rate"), "≥ 0.95"),
        Row("intake, p99 ms", with_it.p99s(), *with_it.beside(without, "p99")),
        Row("until the rest has tokens, s", spread(rests, ".1f"), aim="≤ 10"),
    ]
    part.notes = [watch.says()]
    return part


def take_turns(scene: Stage, sides: list[Side], length: Length) -> list[str]:
    """All rounds of all sides; the notes about them."""
    watch = Watch()
    for side in sides:
        side.turn(scene, WARM_UP)
    for side in sides:
        side.used = 0.0
    for _ in range(length.rounds):
        for side in sides:
            side.results.append(side.turn(scene, length.seconds))
    for side in sides:
        side.balance()
    return [*(note(side) for side in sides), watch.says()]


def note(side: Side) -> str:
    """Where one side's time went."""
    posts = sum(result.acknowledged for result in side.results)
    median = spread([result.median for result in side.results], ".1f")
    client = sum(result.cpu for result in side.results) / posts * 1e6
    errors = sum(result.errors for result in side.results)
    return (
        f"{side.name}: {posts:,} acknowledged = rows, {errors} errors, median {median} ms; CPU a "
        f"post: web {side.used / posts * 1e6:.0f} µs, generator {client:.0f} µs."
    )


def main() -> None:
    """Alone: `python -m bench.intake [--quick] [--sqlite | --tokens]`."""
    parser = arguments("Intake, beside a bare WSGI callable and a plain DRF view")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--tokens", action="store_true", help="with and without a sweep's tokens")
    options = parser.parse_args()
    alone = measure_tokens if options.tokens else measure
    part = measure_sqlite if options.sqlite else alone
    with stage() as scene:
        show(part(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
