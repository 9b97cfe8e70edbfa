"""What a process does when it starts: it looks for no garbage, and brings the pages it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import new_database
from tests.environment import inherited, neutral

pytestmark = pytest.mark.one_database
ROOT = Path(__file__).parents[3]
LOOK = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
BEGIN = """
import sys
sys.argv[1:] = {words}
import django
django.setup()
from django.contrib import admin
pages = len(admin.site._registry)
from django.urls import reverse
print(reverse("admin:leads_failedlead_changelist"), pages > 20)
"""


@pytest.mark.parametrize(
    "words",
    [
        ["manage.py", "shell", "--verbosity=0", "-c", LOOK],
        ["-m", "leadops", "shell", "--verbosity=0", "-c", LOOK],
        ["-c", f"import leadops.wsgi; {LOOK}"],
    ],
    ids=["manage.py", "leadops", "web"],
)
def test_what_is_there_when_a_process_has_started_is_looked_at_no_more(
    words: list[str], tmp_path: Path
) -> None:
    with new_database(tmp_path, as_migrated=True) as url:
        environment = inherited() | neutral(url, tmp_path / "mail")
        said = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True
        ).stdout

    assert said.split()[-2:] == ["True", "True"]


@pytest.mark.parametrize(
    ("words", "has_pages"),
    [
        (["worker"], False),
        (["worker", "--cluster", "delivery"], False),
        (["worker", "--cluster", "notices"], True),
        (["check"], True),
    ],
    ids=["supervisor", "delivery", "notices", "any other"],
)
def test_who_shows_no_page_reads_none_until_an_address_is_asked_for(
    words: list[str], has_pages: bool, tmp_path: Path
) -> None:
    environment = inherited() | neutral(f"sqlite:///{tmp_path}/none.sqlite3", tmp_path / "mail")
    environment["DJANGO_SETTINGS_MODULE"] = "leadops.settings"
    said = subprocess.run(
        [sys.executable, "-c", BEGIN.format(words=words)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert said.stdout.split() == ["/admin/leads/failedlead/", str(has_pages)], said.stderr
