"""`manage.py backup`: a copy of everything, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadops.operations import backup
from leadops.operations.dumps import NotDone


class Command(BaseCommand):
    """Writes a dump, what it holds, and who was erased; deletes the oldest ones."""

    help = (
        "Writes the database to a file of a folder, with its figures and the references of all "
        "erased leads beside it. Everything may go on running. FIELD_KEYS is not in it: keep the "
        "environment file apart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, for whom, and how many are kept."""
        parser.add_argument("--to", required=True, metavar="DIR", type=Path, help="the folder")
        parser.add_argument(
            "--keep", type=int, default=14, metavar="N", help="how many backups stay there: 14"
        )
        parser.add_argument(
            "--encrypt-for", default="", metavar="KEY", help="age:RECIPIENT or gpg:KEY"
        )
        parser.add_argument(
            "--verify",
            action="store_true",
            help="load it into a database of its own and compare the figures",
        )
        parser.add_argument(
            "--identity", default="", metavar="FILE", help="age's key, to verify what is encrypted"
        )
        parser.add_argument(
            "--erased-only", action="store_true", help="only the references: cheap, for every hour"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, verify, rotate; each step only after the one before."""
        folder: Path = options["to"]
        if options["keep"] < 1:
            raise CommandError("--keep must be 1 or more.")
        try:
            if options["erased_only"]:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.stdout.write(f"{backup.write_erased(folder)} erased references written.")
                return
            dump = backup.make(folder, options["encrypt_for"])
            self.stdout.write(f"{dump} written, {dump.stat().st_size:,} bytes.")
            if options["verify"]:
                backup.verify(dump, options["identity"])
                self.stdout.write("Loaded into a database of its own: the figures agree.")
            for name in backup.rotate(folder, options["keep"]):
                self.stdout.write(f"{name} deleted.")
        except (NotDone, OSError) as error:
            raise CommandError(str(error)) from None
