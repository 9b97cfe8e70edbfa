"""A Debian for all, and a machine for each way of installing LeadOps."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.long.machine.machine import Machine, debian
from tests.long.machine.operator import Operator, knows_the_name, surroundings


@pytest.fixture(scope="session")
def root() -> Path:
    """Debian 12; what lies there from another run is used."""
    return debian(Path(os.environ.get("MACHINE_FOLDER") or "/tmp/leadops-machine"))


@pytest.fixture(scope="module")
def operator(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """Somebody at a machine that was just installed; this thread is on its network."""
    folder = tmp_path_factory.mktemp("machine")
    machine = Machine(root, folder)
    try:
        with machine.entered(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", knows_the_name(socket.getaddrinfo))
            # The certificate is the machine's own: whoever asks believes it.
            patch.setenv("REQUESTS_CA_BUNDLE", str(folder / "certificate.pem"))
            surroundings(machine, folder)
            yield Operator(machine)
    finally:
        machine.remove()
