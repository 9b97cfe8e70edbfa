"""A Python with an installation's models at hand, for what a journey puts or looks at there.

One process for all of a journey's lines: to start Django anew is a second of work each time.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

import django
from django.core.cache import cache
from django.core.management.commands.shell import Command
from django.db import connections

from tests.postgres import end_with_parent

ROOT = Path(__file__).parents[3]


class Shell:
    """The process, in an environment that stays as it is."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = dict(environment)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.kit.shell"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def run(self, code: str) -> str:
        """What lines of Python print. Fails with their traceback."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the shell ended with {self.process.wait()}"
        printed, error = json.loads(line)
        assert not error, error
        return str(printed)

    def stop(self) -> None:
        """End it in good order."""
        self.process.communicate(timeout=30)


def answer(code: str) -> tuple[str, str]:
    """What lines print, and the traceback if they fail; nothing of a try is kept for the next."""
    printed = io.StringIO()
    cache.clear()
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, Command().get_namespace(verbosity=0))
    except Exception:  # noqa: BLE001 - the test that asked shows it
        return printed.getvalue(), traceback.format_exc()
    finally:
        connections.close_all()
    return printed.getvalue(), ""


def main() -> None:
    """Run each line of standard input, code as JSON, and answer with a line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
