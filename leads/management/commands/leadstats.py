"""`manage.py leadstats`: the all-time figures."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leads.counters.deltas import as_json


class Command(BaseCommand):
    """Prints the all-time figures."""

    help = "Prints the all-time figures, as the dashboard shows them."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for programs."""
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        figures = as_json()
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            shown = "–" if value is None else value
            if isinstance(value, dict):
                shown = ", ".join(f"{code}: {number}" for code, number in value.items())
            self.stdout.write(f"{name:17} {shown}")
