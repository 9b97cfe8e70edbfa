"""`manage.py restore`: a backup becomes the database."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadops.operations import restore
from leadops.operations.backup import ERASED, read_erased
from leadops.operations.dumps import NotDone
from leadops.operations.s3 import backups
from leadops.operations.s3.address import Address


class Command(BaseCommand):
    """Loads a dump, erases again who was erased since, and leaves every destination paused."""

    help = (
        "Fills the empty database of DATABASE_URL from a backup. People erased since are erased "
        "again, and sending is paused everywhere: on standard output stand the leads that would be "
        "sent once you resume it."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, and what else it needs."""
        parser.add_argument(
            "dump",
            metavar="FILE|s3://…",
            help="leadops-….dump or ….sqlite3; of s3://BUCKET/PREFIX the newest",
        )
        parser.add_argument("--identity", default="", metavar="FILE", help="age's key")
        parser.add_argument(
            "--references",
            metavar="FILE",
            type=Path,
            help=f"who was erased: {ERASED} beside the backup, unless named",
        )
        parser.add_argument(
            "--as-it-is",
            action="store_true",
            help="load it only, to look at: do not start LeadOps on it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, make safe, and say what waits."""
        try:
            if not (address := Address.parse(str(options["dump"]))):
                self.fill(Path(options["dump"]), options)
                return
            # Before a dump comes over the network.
            restore.refuse_unless_empty()
            with backups.work_folder() as folder:
                dump = backups.fetch(address, folder)
                self.stderr.write(f"{dump.name} is here.")
                self.fill(dump, options)
        except (NotDone, OSError) as error:
            raise CommandError(str(error)) from None

    def fill(self, dump: Path, options: dict[str, Any]) -> None:
        """A dump on the disk becomes the database. Raises NotDone."""
        references = set() if options["as_it_is"] else self.erased(dump, options["references"])
        restore.load(dump, options["identity"])
        if not options["as_it_is"]:
            self.tell(restore.make_safe(references))

    def erased(self, dump: Path, named: Path | None) -> set[uuid.UUID]:
        """The references to erase again. Raises NotDone where nobody can say whose."""
        path = named or dump.with_name(ERASED)
        if not path.exists():
            raise NotDone(
                f"{named or f'{ERASED} beside the backup'} is missing: people who were erased "
                "would come back. Name the list with --references; an empty file says that nobody "
                "was."
            )
        return read_erased(path)

    def tell(self, restored: restore.Restored) -> None:
        """What was done, on standard error; what would be sent, a lead a line, on the output."""
        waiting = 0
        for lead in restore.undelivered():
            waiting += 1
            when = lead.received_at.isoformat()
            self.stdout.write(f"{lead.id}\t{lead.reference}\t{when}\t{lead.status}\t{lead.site}")
        self.stderr.write(f"{restored.erased} leads erased again.")
        self.stderr.write(f"Paused: {', '.join(restored.paused) or 'there is no destination'}.")
        self.stderr.write(
            f"{waiting} leads would be sent once you resume it in the admin: those delivered "
            "after the backup was made are among them. Without a reference field in Zoho, compare "
            "first."
        )
