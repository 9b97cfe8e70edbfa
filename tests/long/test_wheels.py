"""Everything that is pinned comes ready for other machines: nothing is compiled in an image."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "python", ["3.11", "3.12", "3.13"]
)  # of Debian 12, Ubuntu 24.04, Debian 13
@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_every_pinned_wheel_exists_for(machine: str, python: str, tmp_path: Path) -> None:
    platforms = [f"--platform=manylinux{version}_{machine}" for version in ("2014", "_2_28")]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "--no-deps", "--only-binary=:all:", "--dest", str(tmp_path)),
            *(f"--python-version={python}", *platforms, "-r", str(ROOT / "requirements.lock")),
        ],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert all(path.suffix == ".whl" for path in tmp_path.iterdir())
