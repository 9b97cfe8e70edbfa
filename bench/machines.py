"""Several machines at one backlog: `python -m bench.machines [--quick]`. Needs root and iproute2.

Each machine is a `manage.py worker` with two delivery workers in a network namespace of its own,
which reaches PostgreSQL and (by bench/kit/relay.py) the sandbox at the address of a bridge, and
nothing else. It has its own folder for what it writes; all have the same environment otherwise, as
docs/deploy.md says.
1, 2 and 4 of them empty a queue, one after the other within a round, each with leads in proportion.

The sandbox takes a second for an insert, so that the calls that may be open at once are the limit
and not the two cores; it refuses (429) what is beyond its cap, and keeps the largest number of
calls that it ever had open, those included. The clock runs from the arrival of the first insert
call until the database shows no lead on its way.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from bench.backlog import balance
from bench.delivery import BATCH, Round
from bench.kit.machine import Watch, cpu_seconds
from bench.kit.network import Unavailable, Wire, wire
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, middle, show, spread
from bench.kit.stage import HERE, Failed, Process, Stage, expect, stage, wait_until
from tests.postgres import Cluster

MACHINES = (1, 2, 4)
WORKERS = 2
LATENCY = 1.0
CAP = 6
"""Calls at once that the sandbox allows, and the destination's parallel calls."""
READY = "SELECT count(*) FROM leads_heartbeat WHERE alive = workers"
PATIENCE = 90
STILL = "leads are still on their way"


@dataclass(frozen=True)
class Run:
    """One emptying of the queue."""

    leads: int
    seconds: float
    most_open: int
    cpu: float
    """CPU seconds of workers, database and sandbox together."""

    @property
    def rate(self) -> float:
        """Leads a second."""
        return self.leads / self.seconds

    @property
    def cores(self) -> float:
        """Cores in use."""
        return self.cpu / self.seconds


class Fleet(Round):
    """Machines that run and have nothing to do yet."""

    def __init__(self, scene: Stage, net: Wire, name: str, machines: int) -> None:
        self.scene = scene
        self.database = scene.database(name)
        self.sandbox = scene.sandbox(name, net.address)
        self.env = scene.leadops(self.database, self.sandbox)
        limits = f"max_slots = {CAP}, calls_per_second = 100"
        self.database.execute(f"UPDATE leads_destination SET {limits}")
        self.sandbox.ask("PUT", "switches", {"concurrency": CAP})
        self.sandbox.ask("PUT", "faults", {"latency": LATENCY})
        self.machines = [self.boot(net, number) for number in range(machines)]
        wait_until(lambda: self.database.value(READY) == machines, PATIENCE, "machines are missing")

    def boot(self, net: Wire, number: int) -> Process:
        """Start a machine."""
        folder = self.scene.folder / net.machines[number]
        folder.mkdir(exist_ok=True)
        env = self.env | {
            "DATABASE_URL": self.database.url.replace(HERE, net.address),
            "WORKERS": str(WORKERS),
            "TMPDIR": str(folder),
            "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        }
        by = net.enter(number)
        port = str(self.sandbox.port)
        self.scene.start(
            f"relay{number}", "-m", "bench.kit.relay", port, net.address, env={}, by=by
        )
        return self.scene.start(f"machine{number}", "manage.py", "worker", env=env, by=by)

    def empty(self, leads: int) -> Run:
        """Give them leads, and time them; they are stopped at the end."""
        self.leads = leads
        self.scene.run("-m", "bench.seed", "--count", str(leads), env=self.env)
        wait_until(lambda: self.sandbox.inserts()["calls"] > 0, PATIENCE, "no insert call")
        began, used = self.first_arrival(), self.used()
        limit = PATIENCE + leads / 20
        wait_until(self.all_stored, limit, "leads are missing in Zoho", every=0.1)
        ended = wait_until(self.is_empty, limit, STILL, every=0.01)
        cpu = self.used() - used
        for machine in self.machines:
            machine.child.terminate()  # all at once: each takes seconds to end
        for machine in self.machines:
            machine.stop()
        balance(self.database, self.sandbox, leads)
        return Run(leads, ended - began, self.most_open(), cpu)

    def used(self) -> float:
        """CPU seconds so far."""
        server = self.scene.server.server
        database = cpu_seconds(server.pid) if server else 0.0
        return database + sum(one.cpu() for one in (*self.machines, self.sandbox.process))

    def most_open(self) -> int:
        """Calls that the sandbox had open at once. Raises Failed where it had to refuse one."""
        ledger = self.sandbox.ask("GET", "ledger?last=0")
        refused = sum(kind["statuses"].get("429", 0) for kind in ledger["kinds"].values())
        expect("calls refused for the cap", refused, 0)
        if ledger["most_open"] > CAP:
            raise Failed(f"{ledger['most_open']} calls were open at once")
        return int(ledger["most_open"])


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run; without rows where namespaces cannot be made."""
    part = Part(f"Machines: {WORKERS} workers each, Zoho answers after {LATENCY:g} s, cap {CAP}")
    watch = Watch()
    try:
        net = scene.stack.enter_context(wire(max(MACHINES)))
    except Unavailable as why:
        part.notes = [f"Skipped: {why}."]
        return part
    open_door(scene.server, net)
    runs: dict[int, list[Run]] = {number: [] for number in MACHINES}
    for turn in range(length.naive_rounds):
        for number, done in runs.items():
            fleet = Fleet(scene, net, f"machines_{number}_{turn}", number)
            done.append(fleet.empty(length.a_machine * number))
            fleet.sandbox.process.stop()
    part.rows = rows(runs)
    part.notes = [*notes(runs), watch.says()]
    return part


def open_door(server: Cluster, net: Wire) -> None:
    """Have PostgreSQL listen at the bridge too."""
    server.stop()
    server.options["listen_addresses"] = f"{HERE},{net.address}"
    with (server.data / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {net.net} trust\n")
    server.start()


def rows(runs: dict[int, list[Run]]) -> list[Row]:
    """The rates beside one machine's, and the calls that were open."""
    made = []
    alone = [run.rate for run in runs[MACHINES[0]]]
    for number, done in runs.items():
        rates = [run.rate for run in done]
        ratio = spread([mine / one for mine, one in zip(rates, alone, strict=True)])
        against = f"one machine {middle(alone):,.0f}" if number != MACHINES[0] else ""
        possible = parallel(number) / parallel(MACHINES[0])
        aim = f"→ {possible:g}" if against else ""
        label = f"{number} machine{'s' * (number > 1)}, leads/s"
        made.append(Row(label, spread(rates, ",.0f"), against, ratio if against else "", aim))
    most = max(run.most_open for done in runs.values() for run in done)
    made.append(Row("calls open at once, at most", str(most), f"cap {CAP}", "", f"≤ {CAP}"))
    return made


def parallel(machines: int) -> int:
    """Calls that so many machines may have open at once."""
    return min(CAP, machines * WORKERS)


def notes(runs: dict[int, list[Run]]) -> list[str]:
    """How near each number of machines came to what its calls could carry, and what it took."""
    said = []
    for number, done in runs.items():
        ideal = parallel(number) * BATCH / LATENCY
        said.append(
            f"{number} of them: {max(run.most_open for run in done)} calls open at once; "
            f"{spread([run.rate / ideal for run in done])} of the {ideal:,.0f} leads/s that "
            f"{parallel(number)} calls carry; {spread([run.cores for run in done], '.1f')} cores."
        )
    leads = sum(run.leads for done in runs.values() for run in done)
    return [*said, f"{leads:,} leads delivered, none twice; no call was refused (429)."]


def main() -> None:
    """Alone: `python -m bench.machines [--quick]`."""
    options = arguments("Several machines over one database").parse_args()
    with stage() as scene:
        part = measure(scene, QUICK if options.quick else FULL)
    if not part.rows:
        sys.exit(f"bench.machines: {part.notes[0]}")
    show(part)


if __name__ == "__main__":
    main()
