"""The whole system, started once for all journeys and made new for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import new_database
from tests.environment import inherited, neutral
from tests.journeys.kit.system import System


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running LeadOps with a sandbox, on a database of its own."""
    folder = tmp_path_factory.mktemp("system")
    with new_database(folder, as_migrated=True) as url:
        environment = inherited() | neutral(url, mail_folder=folder / "mail")
        system = System(environment | {"PYTHONUNBUFFERED": "1"}, folder)
        try:
            system.start()
            yield system
        finally:
            system.stop()


@pytest.fixture
def system(installation: System) -> Iterator[System]:
    """The installation as new; how it stands and what its processes said is shown when the test
    fails.
    """
    said = {name: len(installation.log(name)) for name in installation.processes}
    installation.reset()
    yield installation
    print(installation.standing())
    for name in said | installation.processes:  # a killed one, too
        print(f"--- {name}\n{installation.log(name)[said.get(name, 0) :][-4000:]}")
