"""Processes end: at each step of a lead, and whenever the dice say."""

from __future__ import annotations

import os
import random
import resource
import signal
import time
from pathlib import Path

from tests.faults.hooks import POISON
from tests.faults.play import fault
from tests.faults.processes import children, kill, lives
from tests.faults.stage import Stage, tree
from tests.journeys.kit.system import eventually


def killed_at(point: str, **options: object) -> None:
    """A row for the end of a process at one step."""

    def act(stage: Stage, dice: random.Random) -> None:
        order = f"crash-{point}-{dice.getrandbits(20)}"
        stage.order(order)
        stage.obeyed(order)

    fault(f"killed at {point}", tries=5, **options)(act)


killed_at("before_commit", short=True)
killed_at("after_commit")
killed_at("before_wake")
killed_at("before_message")
killed_at("after_claim")
killed_at("after_send", short=True)
killed_at("after_answer")
killed_at("before_close")
killed_at("after_close")


@fault("web worker killed", tries=10)
def web_worker(stage: Stage, dice: random.Random) -> None:
    """gunicorn starts another one."""
    time.sleep(dice.uniform(0.1, 1))
    kill(*children(stage.processes["web"].pid))


@fault("web killed whole", tries=5)
def web_whole(stage: Stage, dice: random.Random) -> None:
    """As when its machine dies; an operator's system starts it again."""
    time.sleep(dice.uniform(0.1, 1))
    stage.kill_tree("web")
    time.sleep(1)


@fault("idle worker killed", tries=10, short=True)
def idle_worker(stage: Stage, dice: random.Random) -> None:
    """One that holds the lock of the queue leaves the others waiting for ever."""
    kill(dice.choice(eventually(lambda: stage.cast().idle(), 60)))


@fault("all idle workers killed", tries=5)
def idle_workers(stage: Stage, dice: random.Random) -> None:
    """The sure way to hang a cluster of django-q2."""
    kill(*eventually(lambda: stage.cast().idle(), 60))


@fault("busy worker killed", tries=10, slow=1.0)
def busy_worker(stage: Stage, dice: random.Random) -> None:
    """In the middle of a call."""
    kill(stage.busy_worker())


@fault("killed for memory: the process that the kernel would choose", tries=5, slow=0.5)
def out_of_memory(stage: Stage, dice: random.Random) -> None:
    """Its out-of-memory killer takes the highest score, and kills with SIGKILL."""
    stage.busy_worker()
    ours = [pid for name in ("web", "worker") for pid in tree(stage.processes[name].pid)]
    kill(max(ours, key=oom_score))


@fault("workers run into a limit of memory", tries=3, slow=0.5)
def memory_limit(stage: Stage, dice: random.Random) -> None:
    """Whatever they allocate from now on fails, wherever they are."""

    def failed() -> int:
        return sum(map(stage.log("worker").count, NO_MEMORY))

    stage.busy_worker()
    before = failed()
    for pid in stage.cast().workers:
        resource.prlimit(pid, resource.RLIMIT_AS, (1 << 20, resource.RLIM_INFINITY))
    stage.while_leads_come(lambda: failed() > before, 90)


NO_MEMORY = ("MemoryError", "can't start new thread", "out of memory", "Cannot allocate memory")
"""What a program says that gets none; a thread needs some too."""


def oom_score(pid: int) -> int:
    """How likely the kernel's out-of-memory killer takes it."""
    try:
        return int(Path(f"/proc/{pid}/oom_score").read_text())
    except OSError:  # it ended
        return -1


def part_killed(part: str, cluster: str = "delivery", **options: object) -> None:
    """A row for a process of a cluster, idle and busy by turns."""

    def act(stage: Stage, dice: random.Random) -> None:
        if dice.random() < 0.5 and cluster == "delivery":
            stage.busy_worker()
        victims = getattr(stage.cast(cluster), part)
        everybody = stage.cast(cluster).everybody()
        kill(*(victims if isinstance(victims, list) else [victims]))
        if part in ("main", "sentinel"):
            eventually(lambda: not any(map(lives, everybody)), 20)  # no orphan goes on

    fault(f"{part} of {cluster} killed", tries=10, slow=0.5, **options)(act)


part_killed("main")
part_killed("sentinel", short=True)
part_killed("pusher")
part_killed("monitor")
part_killed("workers", cluster="notices")


@fault("supervisor killed", tries=10, slow=0.5, short=True)
def supervisor(stage: Stage, dice: random.Random) -> None:
    """None of its children lives on; the operator's system starts it again."""
    everybody = [*stage.cast().everybody(), *stage.cast("notices").everybody()]
    stage.kill("worker")
    eventually(lambda: not any(map(lives, everybody)), 20)


@fault("whole machine of the worker killed", tries=5, slow=0.5)
def machine(stage: Stage, dice: random.Random) -> None:
    """Every process of it at once."""
    stage.busy_worker()
    stage.kill_tree("worker")


@fault("worker stopped with SIGTERM (a deploy)", tries=3, slow=0.5)
def deploy(stage: Stage, dice: random.Random) -> None:
    """It finishes what it sends and nothing else."""
    stage.busy_worker()
    began = time.monotonic()
    stage.restart("worker")
    assert time.monotonic() - began < 60


@fault("worker told to stop, all its processes at once", tries=3, slow=0.5)
def careless_stop(stage: Stage, dice: random.Random) -> None:
    """As systemd does without KillMode=mixed."""
    stage.busy_worker()
    process = stage.processes.pop("worker")
    for pid in tree(process.pid):
        with_signal(pid, signal.SIGTERM)
    process.wait(60)


def with_signal(pid: int, number: int) -> None:
    """Send a signal to whoever is still there."""
    if lives(pid):
        os.kill(pid, number)


@fault("machine paused past its lease, another one works", tries=3, slow=1.0, rate=1.5)
def paused(stage: Stage, dice: random.Random) -> None:
    """It wakes up with an answer in its hands that is nobody's any more."""
    stage.start_second_worker()
    stage.busy_worker()
    sleepers = tree(stage.processes["worker"].pid)
    for pid in sleepers:
        with_signal(pid, signal.SIGSTOP)
    time.sleep(stage.lease + 4)
    for pid in sleepers:
        with_signal(pid, signal.SIGCONT)
    time.sleep(2)
    stage.end("second worker")


@fault(
    "one lead of 100 stops every worker that sends it",
    leads=100,
    marks={41: POISON},
    recovery=1500,
)
def poison(stage: Stage, dice: random.Random) -> None:
    """It is set aside after three deaths alone; the other 99 arrive and none is blamed."""
    stage.order(POISON)
    eventually(lambda: stage.count("failed"), 1400, every=1)
    rows = stage.sql("SELECT email, reason, deaths FROM leads_lead WHERE deaths > 0")
    # In other rows, too, workers died with leads in their hands.
    [tag] = {email.split(".")[1] for email, *_ in rows if email.startswith(POISON)}
    here = [row for row in rows if row[0].split(".")[1] == tag]
    assert [(row[0].startswith(POISON), *row[1:]) for row in here] == [
        (True, "stopped_the_worker", 3)
    ], here
