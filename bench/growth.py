"""Whether anything slows down as the tables grow: `python -m bench.growth [--ten] [--keep FOLDER]`.

The same work at 10,000 leads and at a million, with `--ten` at ten million too, each size in a
database of its own that `bench/million.py` fills. The sizes take turns. Counted is the time spent
waiting for PostgreSQL, of each path the best: what else the machine does can only add to it. The
pages are those of `bench/desk.py`; claim and finish take batches of 100 through the engine, and
are told that everything was stored.

`--keep` leaves the server and what it was filled with in a folder, for the next run: nothing that
is measured changes it, for claim and finish are rolled back. A day later its leads are a day old.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import desk, machine
from bench.million import WAITING
from bench.rounds import FULL, QUICK, Length, Part, Row, arguments, show
from bench.stage import Failed, Stage, stage

SMALL = 10_000
TEN_MILLION = 10_000_000
BATCH = 100
ROUNDS = 3
AIM = 1.5
AIM_FAILED_MS = 100
FAILED = "failed leads, first page"
WALL = "failed table, ms in all"
PAGES = {
    FAILED: "failed table",
    "failed leads, 90 % down": "failed table, 90 % down",
    "failed leads, search by e-mail": "lead search",
    "all leads": "all leads",
    "API logs": "logs",
    "the dashboard": "dashboard",
    "stats.json": "stats.json",
}
"""The pages that are compared, and what the report calls them."""


def measure(scene: Stage, length: Length, ten: bool = False) -> Part:
    """The part of bench/run."""
    sizes = [SMALL, length.kept, *[TEN_MILLION] * ten]
    largest = sizes[-1]
    watch, notes, envs = machine.Watch(), [], {}
    for size in sizes:
        envs[size] = scene.leadops(scene.database(f"growth_{size}"))
        began = time.monotonic()
        fill = ("-m", "bench.million", "--count", str(size))
        done = scene.run(*fill, env=envs[size], seconds=7200).strip()
        notes.append(f"{size:,} leads were {done} in {time.monotonic() - began:.0f} s.")
    turns: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    for _ in range(ROUNDS):
        for size, env in envs.items():
            said = scene.run("-m", "bench.growth", "--inside", env=env)
            turns[size].append(json.loads(said))
    seen = {
        size: {name: min(turn[name] for turn in taken) for name in taken[0]}
        for size, taken in turns.items()
    }
    part = Part(f"Growth: time in SQL at {largest:,} leads, against {SMALL:,}, PostgreSQL")
    wall = seen[largest].pop(WALL)
    for name, took in seen[largest].items():
        small = seen[SMALL][name]
        part.rows.append(
            Row(
                f"{name}, SQL ms",
                f"{took:.1f}",
                f"at {SMALL:,}: {small:.1f}",
                f"{took / small:.2f}",
                f"≤ {AIM}",
            )
        )
    part.rows.append(Row(WALL, f"{wall:.0f}", aim=f"≤ {AIM_FAILED_MS}"))
    for size in sizes[1:-1]:
        each = ", ".join(f"{name} {ms:.1f}" for name, ms in seen[size].items())
        notes.append(f"At {size:,} leads, SQL ms: {each}.")
    part.notes = [*notes, watch.says()]
    return part


# --- In a process of its own ----------------------------------------------------------------


def inside() -> dict[str, float]:
    """The best milliseconds in SQL by path, and the failed table's of the wall."""
    found: dict[str, float] = {}
    with desk.at_the_desk() as client:
        found |= deliver()
        for name, action in desk.pages(client):
            if name in PAGES:
                page = desk.see(client, name, action)
                found[PAGES[name]] = page.best_sql
                if name == FAILED:
                    found[WALL] = page.best
    return found


def deliver() -> dict[str, float]:
    """Claim and finish what waits, a batch of 100 at a time, and undo it: the best of each.

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

    with transaction.atomic():
        Lead.objects.filter(status=Lead.Status.QUEUED).update(due_at=Now())
        for _ in range(WAITING // BATCH):
            batch = timed("claim", lambda: claim(destination, BATCH, 0.5))
            if batch is None or len(batch.leads) != BATCH:
                raise Failed("no whole batch was due")
            timed("finish", lambda batch=batch: settle(batch))
        transaction.set_rollback(True)
    return {name: min(each) for name, each in took.items()}


def main() -> int:
    """Alone: `python -m bench.growth [--quick] [--ten] [--keep FOLDER]`."""
    parser = arguments("Time in SQL as the tables grow")
    parser.add_argument("--ten", action="store_true", help="ten million leads too: 25 GB of disk")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of a PostgreSQL to use again")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(inside()))
        return 0
    with stage(options.keep) as scene:
        show(measure(scene, QUICK if options.quick else FULL, options.ten))
    return 0


if __name__ == "__main__":
    sys.exit(main())
