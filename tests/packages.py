"""Programs that no Python package brings: installed with apt where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess

SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
"""Where to look; distributions put some programs where only root's PATH leads."""

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is Debian's package of Chromium without its windows, for half the work: the same pages
took 15 s of a processor's time, and 28 s with the windows of the second, which are there unseen.
"""


class NotInstalled(Exception):
    """apt failed; its words."""


def find(program: str) -> str | None:
    """Where a program is."""
    return shutil.which(program, path=SBIN)


def may_install() -> bool:
    """Whether this is Debian or like it, and we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def command(packages: list[str]) -> list[str]:
    """What installs them."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def install(packages: list[str]) -> None:
    """Install them. Raises NotInstalled."""
    print(f"Installing {' and '.join(packages)} …", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command(packages)):
        done = subprocess.run(
            step, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotInstalled(f"{' '.join(step)} failed:\n{done.stdout}{done.stderr}")
