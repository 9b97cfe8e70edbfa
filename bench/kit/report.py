"""`bench/run [PART …]`: the parts, one after the other, in one table with the machine above it.

Without names all of them, in half an hour. `--write` puts the result between the markers of
docs/performance.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

from bench import (
    backlog,
    bulk,
    calls,
    delivery,
    desk,
    first_lead,
    growth,
    intake,
    machines,
    memory,
    proof,
)
from bench.attacks import guessing
from bench.kit import machine
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show, table, write
from bench.kit.stage import Failed, Stage, stage
from tests.postgres import Missing

STEPS: dict[str, Callable[[Stage, Length], Part]] = {
    "intake": intake.measure,
    "intake-sqlite": intake.measure_sqlite,
    "delivery": delivery.measure,
    "delivery-sqlite": partial(delivery.measure, sqlite=True),
    "first-lead": first_lead.measure,
    "backlog": backlog.measure,
    "calls": calls.measure,
    "proof": proof.measure,
    "machines": machines.measure,
    "desk": desk.measure,
    "bulk": bulk.measure,
    "growth": growth.measure,
    "memory": memory.measure,
    "guessing": guessing.measure,
}


def measure(length: Length, names: list[str]) -> list[Part]:
    """These parts, each printed as soon as it is there."""
    parts: list[Part] = []
    for name in names:
        with stage() as scene:  # each with a server of its own: none inherits another's mess
            parts.append(STEPS[name](scene, length))
        show(parts[-1])
    return parts


def report(parts: list[Part], length: Length, command: str, minutes: float) -> str:
    """The machine, the table and the notes, as Markdown."""
    rows: list[Row] = [row for part in parts for row in part.rows]
    about = [f"- {name}: {value}" for name, value in machine.describe().items()]
    runs = (
        f"`{command}` on {time.strftime('%Y-%m-%d', time.gmtime())}, {minutes:.0f} minutes; "
        f"intake {length.rounds} interleaved rounds of {length.seconds:.0f} s each, delivery "
        f"{length.naive_rounds} of {length.leads:,} leads, first lead {length.posts} posts, "
        f"desk {length.kept:,} leads. "
        "Figures are medians, with the smallest and the largest in brackets."
    )
    notes: list[str] = []
    for part in parts:
        notes += [f"- {part.title}", *(f"    - {note}" for note in part.notes)]
    return "\n".join([runs, "", *about, "", table(rows), "", *notes])


def main() -> int:
    """The command: 0, or 1 with one clear line, or 130 after Ctrl-C."""
    parser = arguments("Measure the speed of this machine")
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(STEPS))
    options = parser.parse_args()
    if unknown := set(options.parts) - set(STEPS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}")
    length = QUICK if options.quick else FULL
    command = " ".join(["bench/run", *["--quick"] * options.quick, *options.parts])
    started = time.monotonic()
    try:
        parts = measure(length, options.parts or list(STEPS))
        text = report(parts, length, command, (time.monotonic() - started) / 60)
        print(f"\n{'=' * 80}\n\n{text}")
        if options.write:
            write("bench", text)
    except (Failed, Missing) as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
