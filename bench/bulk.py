"""What it takes to retry 100,000 failed leads at once: `python -m bench.bulk [--quick]`.

A tenth of a million leads has failed (`bench/million.py`). One press of “Retry all” begins a bulk
retry of all of them while the rule against duplicate e-mails is on, and the walk that a worker
makes over them is timed to its end, in a process that does nothing else. No worker runs beside it
and nothing is sent. Afterwards each lead must be queued or held, have its event, and be in the
figures.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import time
from dataclasses import asdict, dataclass
from typing import Any

from bench.kit import machine
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show
from bench.kit.stage import Stage, expect, stage

AIM_SECONDS = 10
"""For 100,000 leads; fewer are given as much less."""
AIMED_LEADS = 100_000
PATIENCE = 600
KIB = 1024


@dataclass(frozen=True)
class Walked:
    """One bulk retry, from the press until its last lead is queued or held."""

    leads: int
    queued: int
    held: int
    planned: float
    """Seconds until the press is answered."""
    seconds: float
    """Seconds of the walk."""
    cpu: float
    """CPU seconds of the process that walks."""
    statements: int
    memory: float
    """MiB of the process when its first chunk is done."""
    peak: float
    """MiB at most until the end."""


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run."""
    env = scene.leadops(scene.database("bulk"))
    scene.run("-m", "bench.million", "--count", str(length.kept), env=env)
    watch = machine.Watch()
    walked = Walked(**json.loads(scene.run("-m", "bench.bulk", "--inside", env=env)))
    part = Part(f"Bulk retry: {walked.leads:,} failed leads among {length.kept:,}, PostgreSQL")
    aim = AIM_SECONDS * walked.leads / AIMED_LEADS
    part.rows = [
        Row("bulk retry, s until all are queued", f"{walked.seconds:.1f}", aim=f"≤ {aim:g}"),
        Row(
            "bulk retry, memory at its peak, MiB",
            f"{walked.peak:.0f}",
            f"after its first chunk {walked.memory:.0f}",
            f"{walked.peak / walked.memory:.2f}",
            "≤ 1.1",
        ),
    ]
    part.notes = [
        f"{walked.queued:,} queued, {walked.held:,} held by the rule against duplicate e-mails, "
        "each with its event and in the figures.",
        f"The press was answered after {walked.planned * 1000:.0f} ms; the walk took "
        f"{walked.cpu:.1f} s of the worker's CPU and {walked.statements:,} statements.",
        watch.says(),
    ]
    return part


# --- In a process of its own ----------------------------------------------------------------


def inside() -> Walked:
    """Retry every failed lead of the database of the environment. Raises Failed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import connection

    from leads.clock import Deadline
    from leads.decisions.bulk import run
    from leads.models import Lead, Preferences
    from leads.selection import LeadFilter

    preferences = Preferences.load()
    preferences.refuse_duplicate_emails = True
    preferences.save()
    user = get_user_model().objects.create_superuser("bench", password=None)
    failed = Lead.objects.failed().count()
    asked = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(sql, params, many, context)

    began = time.perf_counter()
    one, _is_new = run.start(LeadFilter(), user)
    planned = time.perf_counter() - began
    with connection.execute_wrapper(counting):
        began, cpu = time.perf_counter(), time.process_time()
        run.queue_chunk(one.pk)
        gc.collect()
        memory = peak_memory()
        run.run(one.pk, Deadline(PATIENCE))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        peak = peak_memory()  # before the counters are balanced, which reads every loose figure
    one.refresh_from_db()
    balance(failed, one.pk, one.queued, one.held)
    return Walked(failed, one.queued, one.held, planned, seconds, cpu, asked, memory, peak)


def peak_memory() -> float:
    """MiB that this process has used at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB


def balance(failed: int, bulk_id: int, queued: int, held: int) -> None:
    """Nothing was passed over, and the rows say what the figures say. Raises Failed."""
    from leads.counters.deltas import totals
    from leads.models import ApiLog, Lead, LeadEvent

    mine = Lead.objects.filter(bulk=bulk_id)
    expect("leads queued or held", queued + held, failed)
    expect("queued leads", mine.filter(status=Lead.Status.QUEUED).count(), queued)
    expect("held leads", mine.filter(status=Lead.Status.FAILED).count(), held)
    expect("events", LeadEvent.objects.count(), failed)
    expect("failed leads in the figures", totals().leads[Lead.Status.FAILED], held)
    expect("attempts in the figures", totals().sent, ApiLog.objects.count())


def main() -> None:
    """Alone: `python -m bench.bulk [--quick]`."""
    parser = arguments("Retrying 100,000 failed leads at once")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(asdict(inside())))
        return
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
