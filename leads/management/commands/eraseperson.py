"""`manage.py eraseperson`: takes everything that tells of a person out of LeadOps."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leads.models import Lead
from leads.privacy.erase import erase_person
from leads.privacy.person import leads_of


class Command(BaseCommand):
    """Erases by address, number or reference; lists what was erased, for a restored backup."""

    help = (
        "Erases a person's data from leads, revisions, logs and calls. The leads stay as empty "
        "rows, so that figures stay true. Zoho and mailboxes are not reached: the records to "
        "erase there are printed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Who is meant, and whether it is meant."""
        parser.add_argument("--email", default="", help="every lead with this address")
        parser.add_argument("--phone", default="", help="every lead with this number")
        parser.add_argument(
            "--references",
            metavar="FILE",
            help="the leads with these references, one a line; - reads standard input",
        )
        parser.add_argument(
            "--list", action="store_true", help="print the references of all erased leads"
        )
        parser.add_argument("--yes", action="store_true", help="erase without asking")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, or find, ask and erase."""
        if options["list"]:
            erased = Lead.objects.exclude(erased_at=None).order_by("pk")
            for reference in erased.values_list("reference", flat=True).iterator():
                self.stdout.write(str(reference))
            return
        leads = self.meant(options)
        records = list(leads.exclude(zoho_id="").values_list("zoho_id", flat=True))
        ids = list(leads.values_list("pk", flat=True))
        if not ids:
            self.stdout.write("No lead of this person is kept here.")
            return
        if not options["yes"] and not self.is_meant(len(ids)):
            raise CommandError("Nothing was erased.")
        self.stdout.write(f"Leads erased: {erase_person(Lead.objects.filter(pk__in=ids))}")
        if records:
            self.stdout.write(f"Erase in Zoho too, by hand: {', '.join(records)}")

    def meant(self, options: dict[str, Any]) -> Any:
        """The leads that the options name. Raises CommandError where they name nobody."""
        if options["references"]:
            return Lead.objects.filter(reference__in=read(options["references"]), erased_at=None)
        if not options["email"].strip() and not options["phone"].strip():
            raise CommandError("Say who: --email, --phone or --references.")
        return leads_of(options["email"], options["phone"])

    def is_meant(self, count: int) -> bool:
        """What the person at the terminal answers."""
        self.stdout.write(f"Leads found: {count}. Their data cannot be brought back.")
        return input("Type ERASE to go on: ").strip() == "ERASE"


def read(name: str) -> list[uuid.UUID]:
    """The references in a file, or on standard input for -. Raises CommandError."""
    try:
        if name == "-":
            return parse(sys.stdin)
        with open(name, encoding="utf-8") as file:  # noqa: PTH123 - stdin is one too
            return parse(file)
    except (OSError, UnicodeError) as error:
        raise CommandError(f"{name} cannot be read: {type(error).__name__}") from None


def parse(lines: Iterable[str]) -> list[uuid.UUID]:
    """A reference a line; blank lines are passed over. Raises CommandError for anything else."""
    found = []
    for number, line in enumerate(lines, 1):
        if text := line.strip():
            try:
                found.append(uuid.UUID(text))
            except ValueError:
                raise CommandError(f"Line {number} is no reference.") from None
    return found
