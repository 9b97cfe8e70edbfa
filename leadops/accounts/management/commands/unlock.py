"""`manage.py unlock NAME`: the way back in for who typed too many wrong passwords."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leadops.accounts.login import tries


class Command(BaseCommand):
    """Forgets the wrong passwords of a name."""

    help = "Let an account log in again after too many wrong passwords."

    def add_arguments(self, parser: CommandParser) -> None:
        """The account."""
        parser.add_argument("name", metavar="NAME", help="the login name of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say whether there was something to forget."""
        was = tries.unlock(options["name"])
        self.stdout.write("It can log in again." if was else "Nothing held it.")
