"""`manage.py rotatefieldkeys`: every stored secret under the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zoho.setup.rotation import rotate


class Command(BaseCommand):
    """Locks every stored secret with the first of FIELD_KEYS. Run again, it changes nothing."""

    help = "Locks all stored secrets with the first key of FIELD_KEYS. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say how many moved; fails where a secret could not be opened."""
        rotation = rotate()
        self.stdout.write(
            f"{rotation.moved} moved to the newest key, {rotation.kept} were under it."
        )
        if rotation.locked:
            raise CommandError(
                "No key of FIELD_KEYS opens: "
                + "; ".join(rotation.locked)
                + ". Put the missing key back and run this again, or connect Zoho again."
            )
