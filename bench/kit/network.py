"""Machines on one wire: network namespaces behind a bridge, for programs that share no network.

Each has an address of its own, and reaches this machine at the bridge's address and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import packages

SPACES = Path("/run/netns")
DEVICES = Path("/sys/class/net")
NAME = "leadops"
"""How the names of all namespaces and bridges begin; the maker's process number follows."""


class Unavailable(Exception):
    """Namespaces cannot be made here."""


@dataclass(frozen=True)
class Wire:
    """What connects the machines."""

    address: str
    """This machine's."""
    net: str
    machines: list[str]
    """The names of the namespaces."""

    def enter(self, number: int) -> tuple[str, ...]:
        """What starts a program on a machine."""
        return (program(), "netns", "exec", self.machines[number])


@contextlib.contextmanager
def wire(count: int) -> Iterator[Wire]:
    """So many machines, until the block ends, however it ends. Raises Unavailable."""
    program()
    sweep_up()
    name = f"{NAME}{os.getpid()}"
    net = f"10.214.{os.getpid() % 256}"
    made = Wire(f"{net}.1", f"{net}.0/24", [f"{name}-{n}" for n in range(count)])
    try:
        ip("link", "add", name, "type", "bridge")
        ip("addr", "add", f"{made.address}/24", "dev", name)
        ip("link", "set", name, "up")
        for number, machine in enumerate(made.machines):
            plug_in(machine, f"{net}.{10 + number}", name, number)
        yield made
    finally:
        with undisturbed():
            remove([name], made.machines)


def plug_in(machine: str, address: str, bridge: str, number: int) -> None:
    """Make a namespace with a cable to the bridge."""
    inside, outside = "wire", f"lo{os.getpid()}w{number}"
    ip("netns", "add", machine)
    ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", machine)
    ip("link", "set", outside, "master", bridge, "up")
    ip("-n", machine, "addr", "add", f"{address}/24", "dev", inside)
    ip("-n", machine, "link", "set", inside, "up")
    ip("-n", machine, "link", "set", "lo", "up")


def sweep_up() -> None:
    """Remove what a measurement left behind that was killed."""
    spaces = [path.name for path in SPACES.glob(f"{NAME}*-*")]
    bridges = [path.name for path in DEVICES.glob(f"{NAME}*")]
    remove([name for name in bridges if is_left(name)], [name for name in spaces if is_left(name)])


def is_left(name: str) -> bool:
    """Whether the process that the name names is gone."""
    number = name.removeprefix(NAME).partition("-")[0]
    return number.isdigit() and not Path("/proc", number).exists()


def remove(bridges: list[str], spaces: list[str]) -> None:
    """Take them away, as far as they are there; a namespace takes its cable along."""
    for space in spaces:
        ip("netns", "del", space, check=False)
    for bridge in bridges:
        ip("link", "del", bridge, check=False)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Nobody interrupts what is in the block."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def program() -> str:
    """Where `ip` is. Raises Unavailable."""
    found = packages.find("ip")
    if os.geteuid() != 0 or not found:
        raise Unavailable("needs root and iproute2")
    return found


def ip(*arguments: str, check: bool = True) -> None:
    """`ip ARGUMENTS`. Raises Unavailable where the system does not allow it."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise Unavailable(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
