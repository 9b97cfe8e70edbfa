"""The hooks of `make faults` fit the code: a step that was renamed is noticed here, in a second."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.environment import inherited, neutral
from tests.faults.hooks import ORDERS
from tests.journeys.kit.system import ROOT


def test_every_step_that_is_wrapped_is_there(tmp_path: Path) -> None:
    environment = inherited() | neutral("sqlite://:memory:", mail_folder=tmp_path)
    environment |= {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", ORDERS: os.fspath(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
