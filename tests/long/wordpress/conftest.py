"""One WordPress and one LeadOps for all tests; each begins with empty tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import new_database
from tests.environment import inherited, neutral
from tests.journeys.kit.system import System
from tests.long.wordpress.mariadb import mariadb
from tests.long.wordpress.site import WordPress, build


@pytest.fixture(scope="session")
def leadops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A LeadOps that takes leads: its web process alone."""
    folder = tmp_path_factory.mktemp("leadops")
    with new_database(folder) as url:
        system = System(inherited() | neutral(url, mail_folder=folder / "mail"), folder)
        try:
            system.python("manage.py", "migrate", "-v0")
            system.key = system.manage("createsite", "Shop").strip()
            system.start_web()
            yield system
        finally:
            system.stop()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """A WordPress into which the archive was uploaded."""
    folder = tmp_path_factory.mktemp("wordpress")
    with mariadb() as database:
        site = WordPress(folder, database)
        try:
            site.start()
            site.upload(build(folder / "leadops.zip"))
            yield site
        finally:
            site.stop()


@pytest.fixture
def wordpress(installed: WordPress, leadops: System) -> Iterator[WordPress]:
    """It, connected to LeadOps, with nothing entered; what it complained of fails the test."""
    if "web" not in leadops.processes:
        leadops.start_web()
    leadops.sql("DELETE FROM leads_figure", "DELETE FROM leads_apilog", "DELETE FROM leads_lead")
    installed.database.query("DELETE FROM wp_leadops_queue")
    names = "'leadops_rest_until', 'leadops_forms'"
    installed.database.query(f"DELETE FROM wp_options WHERE option_name IN ({names})")
    installed.connect(leadops.url, leadops.key)
    yield installed
    complaints = installed.folder / "debug.log"
    said = installed.log()
    Path(complaints).unlink(missing_ok=True)
    assert "plugins/leadops" not in said, said
