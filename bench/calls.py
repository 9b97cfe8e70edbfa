"""How many calls Zoho gets for 1,000 leads that come in evenly: `python -m bench.calls [--quick]`.

Leads are posted at 300 a second while the workers deliver, with the settings of a new destination
(four parallel calls, ten begun a second), and the sandbox answers an insert after 300 ms. Nobody
waits for a batch to fill; batches are what came in while the calls before were under way. Counted
are the calls of every kind in the sandbox's ledger, tokens and metadata included, from the first
lead, two seconds before the rate is taken, until the last one is delivered.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from bench.backlog import balance
from bench.delivery import LATENCY, OPEN, WORKERS
from bench.intake import PATH
from bench.kit.load import Order, Result
from bench.kit.machine import Watch
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show
from bench.kit.stage import Failed, Stage, stage, wait_until

PACE = 300
"""Leads a second."""
CONNECTIONS = 32
WARM_UP = 2.0
PATIENCE = 120
AIM = 25
NEAR = 0.97
"""The part of the pace from which on it counts as kept."""


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run. Raises Failed unless everything arrives once."""
    database, sandbox = scene.database("calls"), scene.sandbox("calls")
    env = scene.leadops(database, sandbox)
    key = scene.run("manage.py", "createsite", "Bench", env=env).strip()
    database.execute("UPDATE leads_site SET quota = 0")
    sandbox.ask("PUT", "faults", {"latency": LATENCY})
    port, _web = scene.gunicorn("web", "leadops.wsgi", env, "/healthz/live")
    scene.start("worker", "manage.py", "worker", env=env)

    def post(order: Order) -> Result:
        said = Result(
            **json.loads(scene.run("-m", "bench.kit.load", env={}, given=json.dumps(asdict(order))))
        )
        if said.errors:
            raise Failed(f"{said.errors} posts were answered with errors")
        wait_until(lambda: not database.value(OPEN), PATIENCE, "leads are on their way", 0.1)
        return said

    headers = {"Authorization": f"Bearer {key}"}
    order = Order(port, PATH, length.steady, CONNECTIONS, headers, PACE)
    leads = post(replace(order, seconds=WARM_UP)).acknowledged
    watch = Watch()
    result = post(order)
    leads += result.acknowledged
    balance(database, sandbox, leads)
    ledger = sandbox.ask("GET", "ledger?last=0")
    part = Part(f"Cost: leads posted at {PACE}/s for {length.steady:.0f} s, {WORKERS} workers")
    part.rows = rows(sum(ledger["calls"].values()) / leads * 1000, result)
    part.notes = [*notes(leads, result, ledger), watch.says()]
    return part


def rows(each: float, result: Result) -> list[Row]:
    """Calls a thousand leads, and the rate at which they came."""
    kept = f"wanted {PACE}", f"{result.rate / PACE:.2f}"
    return [
        Row("Zoho calls per 1,000 leads", f"{each:.1f}", "naive 1,000", f"{each / 1000:.3f}",
            f"≤ {AIM}"),
        Row("leads posted meanwhile, a second", f"{result.rate:.0f}", *kept),
    ]  # fmt: skip


def notes(leads: int, result: Result, ledger: dict[str, Any]) -> list[str]:
    """What was called how often, and whether the machine kept the pace."""
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(ledger["calls"].items()))
    said = [
        f"{leads:,} leads posted and delivered, each once; calls: {kinds}; "
        f"{ledger['most_open']} open at once at most; p99 of a post {result.p99:.0f} ms."
    ]
    if result.rate < NEAR * PACE:
        said.append(
            f"This machine took {result.rate:.0f} leads a second beside its workers: the pace of "
            f"{PACE} was not reached, and batches are smaller than they would have been."
        )
    return said


def main() -> None:
    """Alone: `python -m bench.calls [--quick]`."""
    options = arguments("How many calls Zoho gets for 1,000 leads").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
