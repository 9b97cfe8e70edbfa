"""manage.py zoho_sandbox: Zoho's stand-in, for development and tests."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from zoho.sandbox.process import STORE, add_arguments, serve


class Command(BaseCommand):
    help = "Runs a stand-in for Zoho CRM (accounts and API on one address) until it is stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)
        parser.set_defaults(store=Path(settings.HOME) / STORE)

    def handle(self, *args: Any, **options: Any) -> None:
        problem = serve(options["host"], options["port"], options["store"], options["fields"])
        if problem:
            raise CommandError(problem)
