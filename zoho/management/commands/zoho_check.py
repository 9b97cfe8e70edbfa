"""`manage.py zoho_check`: the set-up check, for terminals and monitors."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leads.clock import Deadline
from leads.models import Destination
from zoho.setup.check import check
from zoho.setup.check_lines import CheckLine, Level

SIGNS = {Level.OK: "✓", Level.WARN: "!", Level.FAIL: "✗"}


class Command(BaseCommand):
    """Prints one line a line; the exit code is 1 when something must be mended."""

    help = "Checks the set-up in Zoho: token, scopes, modules, fields, rules, layouts, credits."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which destination, and how long it may take."""
        parser.add_argument("--destination", metavar="NAME", help="one of them; all without it")
        parser.add_argument(
            "--timeout", type=float, default=60, metavar="SECONDS", help="for each destination: 60"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and print what was found as it is known."""
        destinations = Destination.objects.all()
        if name := options["destination"]:
            destinations = destinations.filter(name=name)
        if not destinations:
            raise CommandError(f"There is no destination “{name}”.")
        failures = 0
        for destination in destinations:
            self.stdout.write(f"{destination.name}")
            for line in check(destination, Deadline(options["timeout"])):
                self.tell(line)
                failures += line.level is Level.FAIL
        if failures:
            raise CommandError(f"{failures} to mend.")

    def tell(self, line: CheckLine) -> None:
        """A line, and below it the clicks."""
        self.stdout.write(f"  {SIGNS[line.level]} {line.name}: {line.text}")
        for number, step in enumerate(line.steps, 1):
            self.stdout.write(f"      {number}. {step}")
