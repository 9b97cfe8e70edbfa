"""The whole system, for one journey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.system import System


@pytest.fixture
def system(environment: dict[str, str], tmp_path: Path) -> Iterator[System]:
    """A running LeadOps with a sandbox, on a database of its own."""
    system = System(environment, tmp_path)
    try:
        system.start()
        yield system
    finally:
        system.stop()
        for log in sorted(tmp_path.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-4000:]}")
