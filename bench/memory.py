"""Whether processes grow: `python -m bench.memory [--quick]`.

A web server of one process takes 100,000 leads over 16 connections, and then a delivery worker of
one process sends them to a sandbox that answers at once. Read is the resident memory of the one
process that does the work: when it has warmed up on the first leads, and after the last one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict

from bench.delivery import OPEN
from bench.intake import PATH
from bench.kit.load import Order, Result
from bench.kit.machine import Watch, cpu_by_process, resident
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show
from bench.kit.stage import Database, Failed, Process, Stage, expect, stage, wait_until

WARM_UP = 0.05
"""The part of all leads after which a process counts as started."""
TURN = 5.0
"""Seconds of one turn of the generator."""
ONE_PROCESS = ("--workers", "1", "--threads", "8")
AIM = 1.10
LEADS = "SELECT count(*) FROM leads_lead"


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run. Raises Failed where a process was replaced meanwhile."""
    database, sandbox = scene.database("memory"), scene.sandbox("memory")
    env = scene.leadops(database, sandbox) | {"WORKERS": "1"}
    database.execute("UPDATE leads_destination SET calls_per_second = 100")
    watch = Watch()
    part = Part(f"Memory: one process each, {length.taken:,} leads, PostgreSQL")
    web = take(scene, length.taken, env, database)
    waiting = database.value(OPEN)
    worker = scene.start("worker", "manage.py", "worker", env=env)
    sender = send(worker, database, waiting)
    for name, (start, end) in {"web process": web, "delivery worker": sender}.items():
        figures = f"{end:.0f}", f"at its start {start:.0f}", f"{end / start:.2f}"
        part.rows.append(Row(f"memory of the {name}, MiB", *figures, f"≤ {AIM:g}"))
    delivered = database.value("SELECT count(*) FROM leads_lead WHERE status = 'delivered'")
    expect("delivered leads", delivered, waiting)
    part.notes = [f"{waiting:,} leads were taken and delivered.", watch.says()]
    return part


def take(scene: Stage, count: int, env: dict[str, str], database: Database) -> tuple[float, float]:
    """Post until so many leads are stored; the web process's MiB after the first and the last."""
    key = scene.run("manage.py", "createsite", "Bench", env=env).strip()
    database.execute("UPDATE leads_site SET quota = 0")
    port, process = scene.gunicorn("web", "leadops.wsgi", env, "/healthz/live", ONE_PROCESS)
    order = Order(port, PATH, TURN, headers={"Authorization": f"Bearer {key}"})

    def post(until: float) -> None:
        while database.value(LEADS) < until:
            said = scene.run("-m", "bench.kit.load", env={}, given=json.dumps(asdict(order)))
            if Result(**json.loads(said)).errors:
                raise Failed("the web process answered with errors")

    return grown(process, lambda: post(count * WARM_UP), lambda: post(count))


def send(process: Process, database: Database, count: int) -> tuple[float, float]:
    """Wait until all are sent; the delivery worker's MiB after the first and the last leads."""

    def wait(left: float) -> None:
        limit = 120 + count / 50
        wait_until(lambda: database.value(OPEN) <= left, limit, "leads are still on their way", 0.2)

    return grown(process, lambda: wait(count * (1 - WARM_UP)), lambda: wait(0))


def grown(
    process: Process, first: Callable[[], None], rest: Callable[[], None]
) -> tuple[float, float]:
    """MiB after the first and after the rest, of that process of the family which did the work.

    Raises Failed where it was replaced meanwhile.
    """
    first()
    before = cpu_by_process(process.child.pid)
    small = {pid: resident(pid) for pid in before}
    rest()
    after = cpu_by_process(process.child.pid)
    busiest = max(after, key=lambda pid: after[pid] - before.get(pid, 0))
    if busiest not in small:
        raise Failed(f"{process.name}: the process that worked was replaced")
    return small[busiest], resident(busiest)


def main() -> None:
    """Alone: `python -m bench.memory [--quick]`."""
    options = arguments("Whether the processes grow").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
