"""No start looks for garbage among what stays, and every process looks for it later."""

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
