"""`manage.py backup`: a copy of everything, checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadops.operations import backup
from leadops.operations.dumps import NotDone
from leadops.operations.s3 import backups
from leadops.operations.s3.address import Address
from leadops.operations.s3.backups import Wishes


class Command(BaseCommand):
    """Writes a dump, what it holds, and who was erased; deletes the oldest ones."""

    help = (
        "Writes the database to a folder or a bucket of S3, with its figures and the references of "
        "all erased leads beside it. Everything may go on running. FIELD_KEYS is not in it: keep "
        "the environment file apart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, for whom, and how many are kept."""
        parser.add_argument(
            "--to", required=True, metavar="DIR|s3://…", help="a folder, or s3://BUCKET/PREFIX"
        )
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
        """Tell each step as it is done."""
        if options["keep"] < 1:
            raise CommandError("--keep must be 1 or more.")
        try:
            address = Address.parse(str(options["to"]))
            steps = in_bucket(address, options) if address else in_folder(options)
            for line in steps:
                self.stdout.write(line)
        except (NotDone, OSError) as error:
            raise CommandError(str(error)) from None


def in_folder(options: dict[str, Any]) -> Iterator[str]:
    """Write, verify, rotate; each step only after the one before."""
    folder = Path(options["to"])
    if options["erased_only"]:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield f"{backup.write_erased(folder)} erased references written."
        return
    dump = backup.make(folder, options["encrypt_for"])
    yield f"{dump} written, {dump.stat().st_size:,} bytes."
    if options["verify"]:
        backup.verify(dump, options["identity"])
        yield "Loaded into a database of its own: the figures agree."
    for name in backup.rotate(folder, options["keep"]):
        yield f"{name} deleted."


def in_bucket(address: Address, options: dict[str, Any]) -> Iterator[str]:
    """Write and verify here, store there, rotate there."""
    if options["erased_only"]:
        yield f"{backups.erased_only(address.open())} erased references written."
        return
    names = ("keep", "encrypt_for", "verify", "identity")
    yield from backups.back_up(address.open(), Wishes(**{name: options[name] for name in names}))
