"""Whether anything slows down as the tables grow: `python -m bench.growth [--ten]`.

The same work at 10,000 leads and at a million, with `--ten` at ten million too, each size in a
database of its own that `bench/million.py` fills. The sizes take turns. Counted is the time spent
waiting for PostgreSQL, and compared is the best of each path: what else the machine does can only
add to it. Every round works on the same rows, as whoever looks at a page a second time. The pages
are those of `bench/desk.py`; claim and finish take batches of 100 through the engine, and
are told that everything was stored.

`--only` measures the paths alone whose names hold a text, such as "find" or "API logs".
`--keep` leaves the server and what it was filled with in a folder, for the next run: nothing that
is measured changes it, for claim and finish are rolled back. A day later its leads are a day old.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench import desk
from bench.kit import machine
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show, write
from bench.kit.stage import ROOT, Failed, Stage, stage
from bench.million import WAITING

PAGE = ROOT / "docs" / "growing.md"
SMALL = 10_000
TEN_MILLION = 10_000_000
BATCH = 100
ROUNDS = 3
PASSES = 3
"""Of claim and finish over all that waits, in a round: a page is looked at nine times."""
AIM = 1.5
AIM_MS = 100
FAILED = "failed leads, first page"
IN_ALL = ", ms in all"
WALLS = {
    FAILED: f"failed table{IN_ALL}",
    "the dashboard": f"dashboard{IN_ALL}",
    "the dashboard, 30 days by campaign": f"dashboard, 30 days by campaign{IN_ALL}",
    "find the end of a number": f"find four digits{IN_ALL}",
    "find how common names begin": f"find two letters{IN_ALL}",
    "find two common names": f"find two names{IN_ALL}",
    "find a common domain": f"find a domain{IN_ALL}",
    "find a number and a name": f"find name and digits{IN_ALL}",
}
"""Pages of which the whole time of the server is looked at too, and what the report calls that."""
PAGES = {
    FAILED: "failed table",
    "failed leads, 90 % down": "failed table, 90 % down",
    "failed leads, search by e-mail": "lead search",
    "find a number": "find a number",
    "find the end of a number": "find four digits",
    "find a common name": "find a common name",
    "find how common names begin": "find two letters",
    "find two common names": "find two names",
    "find a common domain": "find a domain",
    "find a number and a name": "find name and digits",
    "all leads": "all leads",
    "API logs": "logs",
    "the dashboard": "dashboard",
    "the dashboard, 30 days by campaign": "dashboard, 30 days by campaign",
    "stats.json": "stats.json",
    **{name: name for name in desk.LISTS},
}
"""The pages that are compared, and what the report calls them."""
CAPPED = (
    *("find two letters", "find two names", "find name and digits", "find four digits"),
    *("dashboard", "dashboard, 30 days by campaign", "stats.json"),
)
"""They look at up to 10,000 leads of a word, and ten thousand leads have fewer; or they add up a
row for each hour or day and each of a hundred values, of which ten thousand leads leave most empty.
Compared is what a million take."""


@dataclass(frozen=True)
class Seen:
    """Milliseconds of one path at one size."""

    best: float
    middle: float

    @classmethod
    def of(cls, turns: list[tuple[float, float]]) -> Seen:
        """From the best and the median of each turn."""
        bests, medians = zip(*turns, strict=True)
        return cls(min(bests), median(medians))

    def cell(self) -> str:
        """Both, as tables have them."""
        return f"{self.best:.1f} ({self.middle:.1f})"


@dataclass(frozen=True)
class Growth:
    """What was seen of each path, by the number of leads, the fewest first; and what to know."""

    seen: dict[int, dict[str, Seen]]
    notes: list[str]

    @property
    def sizes(self) -> list[int]:
        """How many leads there were."""
        return list(self.seen)

    def base(self, name: str) -> int:
        """The number of leads that the most are compared with: the fewest, but for the capped."""
        capped = name.removesuffix(IN_ALL) in CAPPED and len(self.sizes) > 2
        return self.sizes[-2] if capped else self.sizes[0]

    def times(self, name: str) -> float:
        """How many times as long the path takes with the most leads as with the fewest."""
        few, many = (self.seen[size][name].best for size in (self.base(name), self.sizes[-1]))
        return many / few

    def ratio(self, name: str) -> str:
        """The same, as tables have it."""
        return f"{self.times(name):.2f}"

    def missed(self) -> list[str]:
        """The paths that miss their aim, each with its figure."""
        largest = self.seen[self.sizes[-1]]
        slower = [f"{name}: × {self.ratio(name)}" for name in largest if self.times(name) > AIM]
        walls = {name: largest[name].best for name in WALLS.values() if name in largest}
        return slower + [f"{name}: {ms:.0f}" for name, ms in walls.items() if ms > AIM_MS]


def grow(scene: Stage, length: Length, ten: bool = False, only: tuple[str, ...] = ()) -> Growth:
    """Fill a database for each size, or find it filled, and look at all of them in turns.

    At the paths alone whose names hold one of the texts of `only`, where there are some.
    """
    sizes = [SMALL, length.kept, *[TEN_MILLION] * ten]
    watch, notes, envs = machine.Watch(), [], {}
    for size in sizes:
        envs[size] = scene.leadops(scene.database(f"growth_{size}"))
        began = time.monotonic()
        fill = ("-m", "bench.million", "--count", str(size))
        if scene.run(*fill, env=envs[size], seconds=7200).strip() == "stored":
            notes.append(f"{size:,} leads were stored in {time.monotonic() - began:.0f} s.")
    turns: dict[int, list[dict[str, tuple[float, float]]]] = {size: [] for size in sizes}
    chosen = [word for text in only for word in ("--only", text)]
    for _ in range(ROUNDS):
        for size, env in envs.items():
            said = scene.run("-m", "bench.growth", "--inside", *chosen, env=env)
            turns[size].append(json.loads(said))
    seen = {
        size: {name: Seen.of([turn[name] for turn in taken]) for name in taken[0]}
        for size, taken in turns.items()
    }
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    return Growth(seen, [*notes, f"{watch.says()} Load average {load}."])


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run."""
    return part_of(grow(scene, length))


def part_of(growth: Growth) -> Part:
    """As a part of a report: the largest beside the smallest."""
    few, many = growth.sizes[0], growth.sizes[-1]
    part = Part(f"Growth: time in SQL at {many:,} leads, against {few:,}, PostgreSQL")
    for name, took in growth.seen[many].items():
        few = growth.base(name)
        against = f"at {few:,}: {growth.seen[few][name].cell()}"
        is_wall = name in WALLS.values()
        aim = f"≤ {AIM_MS} ms" if is_wall else f"≤ {AIM}"
        unit = "" if is_wall else ", SQL ms"
        part.rows.append(Row(f"{name}{unit}", took.cell(), against, growth.ratio(name), aim))
    for size in growth.sizes[1:-1]:
        each = ", ".join(f"{name} {took.cell()}" for name, took in growth.seen[size].items())
        part.notes.append(f"At {size:,} leads, SQL ms: {each}.")
    part.notes += growth.notes
    return part


def report(growth: Growth) -> str:
    """Markdown for the docs: all sizes, under what was done, when and beside what."""
    said = machine.describe()
    today = time.strftime("%Y-%m-%d", time.gmtime())
    lines = [
        f"`python -m bench.growth` on {today}; {said['CPU']}, {said['RAM']}, Python "
        f"{said['Python']}, PostgreSQL {said['PostgreSQL']}. {' '.join(growth.notes)}",
        "",
        "| best ms in SQL (median) | "
        + "".join(f"{size:,} leads | " for size in growth.sizes)
        + "ratio |",
        "|---|" + "--:|" * (len(growth.sizes) + 1),
    ]
    for name in growth.seen[growth.sizes[0]]:
        cells = [growth.seen[size][name].cell() for size in growth.sizes]
        lines.append(f"| {' | '.join([name, *cells, growth.ratio(name)])} |")
    return "\n".join(lines)


# --- In a process of its own ----------------------------------------------------------------


def inside(only: tuple[str, ...] = ()) -> dict[str, tuple[float, float]]:
    """The best and the median milliseconds in SQL by path, and of a few pages of the wall."""
    found: dict[str, tuple[float, float]] = {}
    with desk.at_the_desk() as client:
        if is_chosen("claim, finish", only):
            found |= deliver()
        for name, action in desk.pages(client):
            if name in PAGES and is_chosen(PAGES[name], only):
                page = desk.see(client, name, action)
                found[PAGES[name]] = page.best_sql, page.sql
                if name in WALLS:
                    found[WALLS[name]] = page.best, page.wall
    return found


def is_chosen(name: str, only: tuple[str, ...]) -> bool:
    """Whether a path of this name is measured."""
    return not only or any(text in name for text in only)


def deliver() -> dict[str, tuple[float, float]]:
    """Claim and finish what waits, a batch of 100 at a time, and undo it: the best and the median.

    With what a commit would check, as it is not reached. Raises Failed where less is due.
    """
    from django.db import connection, transaction
    from django.db.models.functions import Now

    from leads.delivery.claim import claim
    from leads.delivery.finish import finish
    from leads.delivery.gateway import Batch, Outcome, Verdict
    from leads.models import Destination, Lead

    destination = Destination.objects.get()
    took: dict[str, list[float]] = {"claim": [], "finish": []}

    def timed(name: str, action: Callable[[], Any]) -> Any:
        spent: list[float] = []
        with connection.execute_wrapper(desk.stopwatch(spent)):
            result = action()
            connection.check_constraints()
        took[name].append(sum(spent) * 1000)
        return result

    def settle(batch: Batch) -> None:
        outcomes = [
            Outcome(Verdict.STORED, zoho_id=f"71{lead.pk:016}", status=201) for lead in batch.leads
        ]
        finish(batch, outcomes, 0.5)

    for _ in range(PASSES):
        with transaction.atomic():
            Lead.objects.filter(status=Lead.Status.QUEUED).update(due_at=Now())
            for _ in range(WAITING // BATCH):
                batch = timed("claim", lambda: claim(destination, BATCH, 0.5))
                if batch is None or len(batch.leads) != BATCH:
                    raise Failed("no whole batch was due")
                timed("finish", partial(settle, batch))
            transaction.set_rollback(True)
    # What was undone is still in the indexes, beside the rows that the pages will read.
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM (INDEX_CLEANUP ON) leads_lead")
        cursor.execute("RESET statement_timeout")
    return {name: (min(each), median(each)) for name, each in took.items()}


def main() -> int:
    """Alone: `python -m bench.growth [--quick] [--ten] [--keep FOLDER] [--only TEXT] [--write]`."""
    parser = arguments("Time in SQL as the tables grow")
    parser.add_argument("--ten", action="store_true", help="ten million leads too: 35 GB of disk")
    parser.add_argument("--bound", action="store_true", help="end with 1 where an aim is missed")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of a PostgreSQL to use again")
    parser.add_argument("--write", action="store_true", help="put the table into docs/growing.md")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="of the paths")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only and options.write:
        parser.error("--write is of all paths")
    only = tuple(options.only)
    if options.inside:
        print(json.dumps(inside(only)))
        return 0
    with stage(options.keep) as scene:
        growth = grow(scene, QUICK if options.quick else FULL, options.ten, only)
    show(part_of(growth))
    if options.write:
        write("growth", report(growth), PAGE)
    missed = growth.missed() if options.bound else []
    for path in missed:
        print(f"missed: {path}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
