"""`bench/run`: every part, one after the other, in one table with the machine above it.

`--write` puts the result between the markers of docs/performance.md.
"""

from __future__ import annotations

import sys
import time

from bench import (
    backlog,
    bulk,
    calls,
    delivery,
    desk,
    first_lead,
    growth,
    intake,
    machine,
    machines,
    memory,
)
from bench.rounds import FULL, QUICK, Length, Part, Row, arguments, show, table, write
from bench.stage import Failed, stage
from tests.postgres import Missing


def measure(length: Length) -> list[Part]:
    """All parts, each printed as soon as it is there."""
    parts: list[Part] = []
    steps = (
        lambda scene: intake.measure(scene, length),
        lambda scene: intake.measure_sqlite(scene, length),
        lambda scene: delivery.measure(scene, length),
        lambda scene: delivery.measure(scene, length, sqlite=True),
        lambda scene: first_lead.measure(scene, length),
        lambda scene: backlog.measure(scene, length),
        lambda scene: calls.measure(scene, length),
        lambda scene: machines.measure(scene, length),
        lambda scene: desk.measure(scene, length),
        lambda scene: bulk.measure(scene, length),
        lambda scene: growth.measure(scene, length),
        lambda scene: memory.measure(scene, length),
    )
    for step in steps:
        with stage() as scene:  # each with a server of its own: none inherits another's mess
            parts.append(step(scene))
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
        notes += [f"- {part.title}", *(f"  - {note}" for note in part.notes)]
    return "\n".join([runs, "", *about, "", table(rows), "", *notes])


def main() -> int:
    """The command: 0, or 1 with one clear line, or 130 after Ctrl-C."""
    parser = arguments("Measure the speed of this machine")
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    options = parser.parse_args()
    length = QUICK if options.quick else FULL
    command = "bench/run --quick" if options.quick else "bench/run"
    started = time.monotonic()
    try:
        parts = measure(length)
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
