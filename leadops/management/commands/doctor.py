"""`manage.py doctor`: is all well, and if not, what is to be done."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadops.operations.doctor.examine import examine
from leadops.operations.doctor.finding import Finding, Level

SIGNS = {Level.OK: "✓", Level.WARN: "!", Level.FAIL: "✗"}


class Command(BaseCommand):
    """Prints a line a finding; the exit code is 1 while something must be mended."""

    help = (
        "Examines settings, database, clock, disk, worker, mail, Zoho and the way from PUBLIC_URL "
        "to the web process: a tick each, or what to do."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """For whom, and how."""
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument("--mail", default="", metavar="ADDRESS", help="send a test mail there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine, and print each finding as it is known."""
        found: list[Finding] = []
        for finding in examine(options["mail"]):
            found.append(finding)
            if not options["json"]:
                self.tell(finding)
        failures = sum(finding.level is Level.FAIL for finding in found)
        if options["json"]:
            lines = [asdict(finding) for finding in found]
            self.stdout.write(
                json.dumps({"ok": not failures, "findings": lines}, ensure_ascii=False)
            )
        if failures:
            raise CommandError(f"{failures} to mend.")

    def tell(self, finding: Finding) -> None:
        """A line, and what to do below it."""
        self.stdout.write(f"{SIGNS[finding.level]} {finding.name}: {finding.text}")
        if finding.todo:
            self.stdout.write(f"    {finding.todo}")
