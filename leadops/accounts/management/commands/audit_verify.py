"""`manage.py audit_verify`: whether the chain of security events is whole."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadops.accounts.evidence.seal import verify
from leadops.accounts.models import SecurityEvent


class Command(BaseCommand):
    """Walks along the chain and says what it found."""

    help = (
        "Checks the chain of security events: whether a row was changed, taken out or put in. "
        "Exits with 1 where it was. --head names a head that an earlier log line told."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """A head to look for."""
        parser.add_argument(
            "--head", default="", help="the hash of a log line “head of the security events”"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many events stand, or what is wrong first."""
        verdict = verify(SecurityEvent.objects.sealed().iterator(1_000), options["head"].strip())
        if verdict.fault:
            raise CommandError(f"{verdict.fault} Sound before it: {verdict.events} events.")
        if not verdict.known:
            raise CommandError("The head is not in the chain: the table is not the one of then.")
        waiting = SecurityEvent.objects.filter(seq=None).count()
        self.stdout.write(f"Sound: {verdict.events} events, {verdict.blanked} of them blanked.")
        self.stdout.write(f"Head: {verdict.events} {verdict.head}. Not sealed yet: {waiting}.")
