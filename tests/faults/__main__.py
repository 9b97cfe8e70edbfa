"""`make faults`: break everything, and print what it came to.

`python -m tests.faults` plays every fault on both databases and the storm at full length. With
`--scale 0.1` a tenth of it, `--only WORD` the rows with that word, `--on postgresql` one database.
The same seed makes the same choices; the machine's own timing still differs.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from pathlib import Path

from bench.kit import machine
from bench.kit.rounds import write
from tests import packages
from tests.faults.play import FAULTS, Fault, Row, play
from tests.faults.report import PAGE, report
from tests.faults.rows import crm, kills, outages, storm, worlds
from tests.faults.stage import DATABASES, Stage, stage

CHAPTERS = (kills, outages, crm, worlds)
HEAD = "fault", "tries", "leads", "lost", "twice", "seconds"
STORM = Fault("the storm", act=lambda *_: None)


def say(text: str) -> None:
    """Print at once, also into a file."""
    print(text, flush=True)


def line(row: Row) -> str:
    """A row of the table."""
    if row.skipped:
        return f"{row.fault.name:<58} skipped: {row.skipped}"
    return (
        f"{row.fault.name:<58} {row.tries:>5} {row.leads:>6} {row.lost:>5} {row.twice:>5} "
        f"{row.seconds:>7.0f}" + ("" if row.is_good else "  FAILED")
    )


def full(number: int, scale: float, least: int = 1) -> int:
    """A number at this scale."""
    return max(least, round(number * scale))


def play_all(on: Stage, seed: int, scale: float, words: list[str]) -> list[Row]:
    """Every fault that has a meaning on the stage's database, each said when it is over."""
    rows = []
    for fault in FAULTS:
        if on.database not in fault.on or not _wanted(fault.name, words):
            continue
        try:
            row = play(on, fault, seed, full(fault.tries, scale))
        # A row that breaks must not take the others' hours with it.
        except Exception as error:  # noqa: BLE001
            row = Row(fault, why=[f"{type(error).__name__}: {error}"])
        say(line(row))
        for remark in (*row.why, *row.notes):
            say(f"  {remark}")
        rows.append(row)
    return rows


def play_storm(on: Stage, seed: int, scale: float) -> Row:
    """The storm as a row."""
    leads, kills = full(storm.LEADS, scale, 50), full(storm.KILLS, scale, 3)
    verdict, seconds, died = storm.storm(on, seed, leads, kills, say)
    row = Row(STORM)
    row.add(verdict, seconds)
    killed = ", ".join(f"{name} {times}" for name, times in died.most_common())
    row.notes = [
        str(verdict),
        f"{died.total()} kills: {killed}",
        f"{verdict.repeated} posts had to be repeated; {on.calls('insert')} insert calls",
    ]
    say("\n  ".join([line(row), *row.notes]))
    return row


def install_tools() -> None:
    """Have what single rows need; where it cannot be had, they say that they were skipped."""
    there = {
        "iproute2": packages.find("ip"),
        "strace": packages.find("strace"),
    }
    missing = [name for name, place in there.items() if not place]
    if not missing:
        return
    if not packages.may_install():
        say(f"Some rows need more: {' '.join(packages.command(missing))}")
        return
    try:
        packages.install(missing)
    except packages.NotInstalled as error:
        say(str(error))


def _wanted(name: str, words: list[str]) -> bool:
    return not words or any(word in name for word in words)


def main() -> int:
    """0 when nothing was lost, nothing twice, and everything came back in time."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is full length")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--on", choices=DATABASES, action="append")
    parser.add_argument("--only", action="append", default=[], metavar="WORD")
    parser.add_argument("--short", action="store_true", help="deadlines of seconds, as in tests")
    parser.add_argument("--backlog", type=int, default=20_000, help="leads after the outage")
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    parser.add_argument("--json", type=Path, help="also write the rows there")
    asked = parser.parse_args()
    # SIGTERM unwinds like an exception, so that nothing of a stage is left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    install_tools()
    started = time.monotonic()
    say(f"seed {asked.seed}, scale {asked.scale}, {'short' if asked.short else 'production'} times")
    rows: dict[str, list[Row]] = {}
    for database in asked.on or DATABASES:
        say(
            f"\n--- {database}\n{HEAD[0]:<58} {HEAD[1]} {HEAD[2]:>6}  {HEAD[3]} {HEAD[4]} {HEAD[5]}"
        )
        began = time.monotonic()
        with stage(database, production=not asked.short) as on:
            on.backlog = full(asked.backlog, asked.scale, 200)
            rows[database] = play_all(on, asked.seed, asked.scale, asked.only)
            if _wanted(STORM.name, asked.only):
                rows[database].append(play_storm(on, asked.seed, asked.scale))
        say(f"{time.monotonic() - began:.0f} s")
    if asked.json:
        asked.json.write_text(json.dumps(as_json(rows), indent=1))
    minutes = (time.monotonic() - started) / 60
    text = report(rows, about(asked, minutes))
    say(f"\n{text}")
    if asked.write:
        write("faults", text, PAGE)
    everything = [row for found in rows.values() for row in found]
    bad = [row for row in everything if not row.is_good]
    leads, lost, twice = (
        sum(getattr(row, name) for row in everything) for name in ("leads", "lost", "twice")
    )
    say(
        f"\n{len(everything)} rows, {leads} leads, {lost} lost, {twice} twice, {len(bad)} failed, "
        f"{sum(bool(row.skipped) for row in everything)} skipped; seed {asked.seed}"
    )
    return 1 if bad else 0


def about(asked: argparse.Namespace, minutes: float) -> list[str]:
    """When, where and how it was run."""
    times = "deadlines of seconds" if asked.short else "production's deadlines"
    command = f"make faults, seed {asked.seed}, scale {asked.scale:g}, {times}"
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return [
        f"{command}, on {day}, {minutes:.0f} minutes. Seconds are those of the slowest try.",
        "",
        *(f"- {name}: {value}" for name, value in machine.describe().items()),
    ]


def as_json(rows: dict[str, list[Row]]) -> dict[str, list[dict[str, object]]]:
    """The figures, for a program."""
    names = ("tries", "posted", "acknowledged", "repeated", "failed", "lost", "twice", "seconds")
    return {
        database: [
            {"fault": row.fault.name, **{name: getattr(row, name) for name in names}}
            for row in found
        ]
        for database, found in rows.items()
    }


if __name__ == "__main__":
    assert all(CHAPTERS)  # importing them entered their faults
    sys.exit(main())
