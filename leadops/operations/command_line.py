"""`leadops COMMAND`: what an operator types, wherever LeadOps is installed.

What is not in the table is one of Django's commands, as `manage.py` knows them. `leadops init` has
to work before there are settings, so nothing here reads them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from django.core.management import execute_from_command_line

from leadops import run
from leadops.operations import first_settings, probe, remote, starting
from leadops.paths import BUNDLE, STATIC

HOOKS = ("--config", str(BUNDLE / "gunicorn.conf.py"))
"""In a checkout gunicorn finds it by itself."""
WEB = (
    *("--workers", "4", "--worker-class", "gthread", "--threads", "8"),
    *("--timeout", "60", "--graceful-timeout", "30"),
    *("--max-requests", "20000", "--max-requests-jitter", "2000"),
)
"""As deploy/leadops-web.service says why. What is typed after it holds."""


@dataclass(frozen=True)
class Named:
    """A command with a name of its own."""

    what: str
    run: Callable[[list[str]], object]


def django(*words: str) -> Callable[[list[str]], object]:
    """One of Django's commands, with what is typed behind it."""

    def execute(arguments: list[str]) -> None:
        starting.begin()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
        execute_from_command_line(["leadops", *words, *arguments])

    return execute


def run_here(_arguments: list[str]) -> NoReturn:
    """Everything on this machine, with a stand-in for Zoho."""
    run.main()


def web(arguments: list[str]) -> NoReturn:
    """The web process takes this one's place: what stops us stops it."""
    words = [sys.executable, "-m", "gunicorn", "leadops.wsgi", *HOOKS, *WEB, *arguments]
    os.execv(sys.executable, words)  # noqa: S606 - our own server


def migrate(arguments: list[str]) -> None:
    """The database and the static files of this version."""
    django("migrate", "--no-input")(arguments)
    if STATIC is None:  # an image has them in it
        django("collectstatic", "--no-input", "--verbosity=0")([])


COMMANDS = {
    "init": Named("Write a file of settings, with fresh keys", first_settings.main),
    "run": Named("Start everything here, with a stand-in for Zoho, to look at", run_here),
    "web": Named("The web process: intake, admin, help page", web),
    "worker": Named(
        "The worker: delivery, notices, the sweep; worker drain [HOST]", django("worker")
    ),
    "migrate": Named("Bring database and static files to this version", migrate),
    "check": Named(
        "Refuse settings under which promises cannot be kept", django("check", "--deploy")
    ),
    "doctor": Named("Examine everything, and say what to do", django("doctor")),
    "probe": Named("Whether web or worker of this machine lives, for containers", probe.main),
    "backup": Named("Write everything to a folder, or to S3", django("backup")),
    "restore": Named("Fill an empty database from a backup", django("restore")),
    "createadmin": Named("Make the first account", django("createsuperuser")),
    "failed": Named("The failed table, over the API", remote.command("failed")),
    "show": Named("One lead and its story, over the API", remote.command("show")),
    "retry": Named("Send failed leads again, over the API", remote.command("retry")),
    "tail": Named("What fails from now on, over the API", remote.command("tail")),
}


def usage() -> str:
    """The commands, a line each."""
    lines = [f"  {name:12} {command.what}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "leadops COMMAND …",
            "",
            *lines,
            "",
            "and all of Django's: leadops help. More with --help.",
        ]
    )


def main() -> None:
    """Run what was typed."""
    name, arguments = (sys.argv[1] if sys.argv[1:] else "", sys.argv[2:])
    if name in {"", "-h", "--help"}:
        print(usage())  # noqa: T201 - this is a command
    elif name in COMMANDS:
        COMMANDS[name].run(arguments)
    else:
        django(name)(arguments)
