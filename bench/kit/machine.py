"""The machine that a measurement ran on, and who else was using it."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests.postgres import find_programs

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
"""Units of /proc's CPU times in a second."""


def describe() -> dict[str, str]:
    """Hardware and versions, for the head of a report."""
    packages = ("Django", "djangorestframework", "django-q2", "psycopg2-binary", "gunicorn")
    return {
        "CPU": f"{os.cpu_count()} × {_processor()}",
        "RAM": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "System": f"Linux {platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": _postgresql(),
        "Packages": ", ".join(f"{name} {version(name)}" for name in packages),
    }


def _processor() -> str:
    for line in (PROC / "cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.machine()


def _postgresql() -> str:
    said = subprocess.run(
        [find_programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.split()[2] + ", fsync on, defaults"


class Watch:
    """How much of the machine everybody but this program and its children uses, from now on."""

    def __init__(self) -> None:
        self.busy, self.whole = _times()
        self.own = cpu_seconds(os.getpid())

    def share(self) -> float:
        """0 to 1 of all cores, time stolen by the hypervisor included."""
        busy, whole = _times()
        ours = (cpu_seconds(os.getpid()) - self.own) * TICKS
        return max(0.0, busy - self.busy - ours) / max(1, whole - self.whole)

    def says(self) -> str:
        """A sentence for the notes of a part."""
        return f"Other programs used {self.share():.0%} of the CPU meanwhile."


def _times() -> tuple[int, int]:
    numbers = [int(n) for n in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    idle = numbers[3] + numbers[4]
    return sum(numbers) - idle, sum(numbers)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and of all its descendants, those that have ended included."""
    return sum(cpu_by_process(pid).values())


def cpu_by_process(pid: int) -> dict[int, float]:
    """CPU seconds of a process and of each of its descendants, with those they have outlived."""
    children: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text().rpartition(")")
        except OSError:  # ended while we were looking
            continue
        number, fields = int(head.split()[0]), rest.split()
        children.setdefault(int(fields[1]), []).append(number)
        used[number] = sum(int(ticks) for ticks in fields[11:15])
    family, found = [pid], {}
    while family:
        member = family.pop()
        found[member] = used.get(member, 0) / TICKS
        family += children.get(member, [])
    return found


def resident(pid: int) -> float:
    """MiB of memory that a process has in use; 0 where there is none of that number."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
