"""How many waiting leads a second reach Zoho, logs and figures included.

The sandbox answers an insert after 300 ms, four workers may each have one call of 100 leads open:
4 × 100 / 0.3 s = 1,333 leads/s would be the ideal. The clock runs from the moment the first insert
call arrives at the sandbox (its ledger says so) until the database shows no lead on its way any
more: the start of processes is not counted, the joining of the second to fourth worker is, and so
is the writing of the last batch. Afterwards the sandbox must hold each lead once, and the database
must show it delivered, with its log line and in the figures.

The naive way, a task and a call for each lead, is timed in the same way with fewer leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.kit.machine import Watch, cpu_seconds
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show, spread
from bench.kit.stage import Database, Process, Sandbox, Stage, expect, stage, wait_until

LATENCY = 0.3
WORKERS = 4
BATCH = 100
IDEAL = WORKERS * BATCH / LATENCY
OPEN = "SELECT count(*) FROM leads_lead WHERE status IN ('queued', 'sending')"


@dataclass
class Run:
    """One emptying of the queue."""

    leads: int
    seconds: float
    calls: int
    cpu: dict[str, float]
    """CPU milliseconds a call: worker, database, sandbox."""

    @property
    def rate(self) -> float:
        """Leads a second."""
        return self.leads / self.seconds


class Round:
    """A fresh database and sandbox with leads that wait."""

    def __init__(self, scene: Stage, name: str, leads: int, sqlite: bool = False) -> None:
        self.scene, self.leads = scene, leads
        self.database: Database = scene.database(name, sqlite)
        self.sandbox: Sandbox = scene.sandbox(name)
        self.env = scene.leadops(self.database, self.sandbox)
        self.database.execute(
            f"UPDATE leads_destination SET max_slots = {WORKERS}, calls_per_second = 100"
        )
        scene.run("-m", "bench.seed", "--count", str(leads), env=self.env)
        self.sandbox.ask("PUT", "faults", {"latency": LATENCY})

    def deliver(self, process: Process) -> Run:
        """Time it. The process has just been started; it is stopped at the end."""
        wait_until(lambda: self.sandbox.inserts()["calls"] > 0, 60, "no insert call")
        calls, used = self.sandbox.inserts()["calls"], self.cpu(process)
        began = self.first_arrival()
        limit = 60 + self.leads / 5
        # The ledger first: asking the database all the time would slow down what is measured.
        wait_until(self.all_stored, limit, "leads are missing in Zoho", every=0.1)
        ended = wait_until(self.is_empty, limit, "leads are still on their way", every=0.01)
        spent = {name: seconds - used[name] for name, seconds in self.cpu(process).items()}
        process.stop()
        total = self.sandbox.inserts()["calls"]
        cost = {name: 1000 * seconds / max(1, total - calls) for name, seconds in spent.items()}
        return Run(self.leads, ended - began, total, cost)

    def all_stored(self) -> bool:
        """Whether Zoho holds as many records as there are leads."""
        return self.sandbox.inserts()["stored"] >= self.leads

    def is_empty(self) -> bool:
        """Whether no lead is on its way."""
        return not self.database.value(OPEN)

    def first_arrival(self) -> float:
        """When the first insert call came in (time.time()): its line is written as it leaves."""
        calls: list[dict[str, Any]] = self.sandbox.ask("GET", "ledger?last=2000")["last"]
        return min(
            datetime.fromisoformat(call["at"]).timestamp() - float(call["ms"]) / 1000
            for call in calls
            if call["kind"] == "insert"
        )

    def cpu(self, process: Process) -> dict[str, float]:
        """CPU seconds so far, by component."""
        server = self.scene.server.server
        database = cpu_seconds(server.pid) if server and not self.database.is_sqlite else 0.0
        return {
            "worker": process.cpu(),
            "PostgreSQL": database,
            "sandbox": self.sandbox.process.cpu(),
        }

    def verify(self, logs_only: bool = False) -> None:
        """Everything arrived, once, and is on record. Raises Failed."""
        found = self.sandbox.ask("GET", "count")
        expect("records in Zoho", found["records"], self.leads)
        expect("different records in Zoho", found["distinct"], self.leads)
        delivered = "SELECT count(*) FROM leads_lead WHERE status = 'delivered'"
        expect("delivered leads", self.database.value(delivered), self.leads)
        logs = "SELECT count(*) FROM leads_apilog WHERE response_code = 13003"
        expect("log lines", self.database.value(logs), self.leads)
        if not logs_only:
            figures = (
                "SELECT sum(amount) FROM leads_figure WHERE kind = 'lead' AND outcome = 'delivered'"
            )
            expect("delivered leads in the figures", self.database.value(figures), self.leads)
            expect("log lines of any kind", self.database.value(LOGS), self.leads)


LOGS = "SELECT count(*) FROM leads_apilog"


def engine(scene: Stage, name: str, leads: int, sqlite: bool = False) -> Run:
    """LeadOps' own worker."""
    around = Round(scene, name, leads, sqlite)
    run = around.deliver(scene.start("worker", "manage.py", "worker", env=around.env))
    around.verify()
    around.sandbox.process.stop()
    return run


def naive(scene: Stage, name: str, leads: int, sqlite: bool = False) -> Run:
    """A task and a call a lead."""
    around = Round(scene, name, leads, sqlite)
    scene.run("-m", "bench.peers.naive", env=around.env)
    run = around.deliver(scene.start("naive", "manage.py", "qcluster", env=around.env))
    around.verify(logs_only=True)
    around.sandbox.process.stop()
    return run


def measure(scene: Stage, length: Length, sqlite: bool = False) -> Part:
    """Interleaved rounds of both."""
    where = "SQLite" if sqlite else "PostgreSQL"
    part = Part(f"Delivery: {where}, {WORKERS} workers, Zoho answers after {LATENCY * 1000:.0f} ms")
    watch = Watch()
    own: list[Run] = []
    other: list[Run] = []
    for number in range(length.naive_rounds):
        own.append(engine(scene, f"engine_{where}_{number}".lower(), length.leads, sqlite))
        other.append(naive(scene, f"naive_{where}_{number}".lower(), length.naive_leads, sqlite))
    rates = [run.rate for run in own]
    slow = [run.rate for run in other]
    calls = sum(run.calls for run in own) / sum(run.leads for run in own) * 1000
    part.rows = [
        Row(
            f"delivery, {where}, leads/s",
            spread(rates, ",.0f"),
            f"ideal {IDEAL:,.0f}",
            spread([rate / IDEAL for rate in rates]),
            "" if sqlite else "≥ 0.85",
        ),
        Row(
            "",
            "",
            f"naive {spread(slow, '.1f')}",
            spread([mine / theirs for mine, theirs in zip(rates, slow, strict=True)], ".0f"),
            "" if sqlite else "≥ 90",
        ),
        Row(
            "delivery, calls per 1,000 leads", f"{calls:.1f}", "naive 1,000", f"{calls / 1000:.3f}"
        ),
    ]
    part.notes.append(
        f"{sum(run.leads for run in own):,} leads of LeadOps and "
        f"{sum(run.leads for run in other):,} of the naive way: all delivered, none twice, each "
        "with its log line."
    )
    part.notes.append("CPU a call of 100 leads: " + _costs(own) + ".")
    part.notes.append(watch.says())
    return part


def _costs(runs: list[Run]) -> str:
    names = [name for name in runs[0].cpu if any(run.cpu[name] for run in runs)]
    return ", ".join(f"{name} {spread([r.cpu[name] for r in runs], '.0f')} ms" for name in names)


def main() -> None:
    """Alone: `python -m bench.delivery [--quick] [--sqlite]`."""
    parser = arguments("Delivery, beside the ideal and the naive way")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    options = parser.parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL, options.sqlite))


if __name__ == "__main__":
    main()
