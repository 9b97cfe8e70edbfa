"""`manage.py eraseperson`: takes everything that tells of a person out of LeadOps."""

from __future__ import annotations

import sys
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from leads.models import Lead, RejectedSubmission
from leads.privacy.erase import erase_person, overwrite_deleted
from leads.privacy.mentions import leads_naming
from leads.privacy.person import leads_of
from leads.privacy.references import erased_references, read_references
from leads.privacy.traces import traces_of

LEAVE_SECONDS = 30
STILL_THERE = (
    "The database is in use: copies of what was erased are still in its write-ahead log. Run this "
    "again when less is going on, or leave it to the nightly tidying."
)
LEFT = 2
"""The exit code where something is left for a person to look at."""


class Command(BaseCommand):
    """Erases by address, number or reference; lists what was erased, for a restored backup."""

    help = (
        "Erases a person's data from leads, revisions, logs and calls, and rejected submissions "
        "that name the person. The leads stay as empty rows, so that figures stay true. Zoho and "
        "mailboxes are not reached: the records to erase there are printed. Exits with 2 while "
        "rejected submissions or leads are left that may be the person's."
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
            "--also",
            metavar="ID",
            type=int,
            nargs="+",
            action="extend",
            default=[],
            help="rejected submissions that were listed, and are this person's",
        )
        parser.add_argument(
            "--also-lead",
            metavar="ID",
            type=int,
            nargs="+",
            action="extend",
            default=[],
            help="leads that were listed as naming the address, and are this person's",
        )
        parser.add_argument(
            "--list", action="store_true", help="print the references of all erased leads"
        )
        parser.add_argument("--yes", action="store_true", help="erase without asking")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, or find, ask and erase."""
        if options["list"]:
            self.list_erased()
            return
        leads, email = self.meant(options), options["email"]
        traces = traces_of(leads.only("email", "phone"), email, options["phone"])
        rejected = {*traces.sure, *self.ticked(options["also"])}
        ids = list(leads.values_list("pk", flat=True))
        left = [pk for pk in traces.unsure if pk not in rejected]
        naming = leads_naming(email, ids)
        self.show(left, naming)
        self.erase(ids, rejected, (email, options["phone"]), options["yes"])
        if left:
            text = f"Left to look at: {len(left)} rejected submissions. Name theirs: --also ID"
            raise CommandError(text, returncode=LEFT)
        if naming:
            text = f"Left to look at: {len(naming)} leads. Name theirs: --also-lead ID"
            raise CommandError(text, returncode=LEFT)

    def list_erased(self) -> None:
        """The references of all erased leads, one a line."""
        for reference in erased_references():
            self.stdout.write(str(reference))

    def erase(
        self, ids: list[int], rejected: set[int], typed: tuple[str, str], is_meant: bool
    ) -> None:
        """Ask, erase and say what was. Raises CommandError where it is not meant."""
        leads = Lead.objects.filter(pk__in=ids)
        records = list(leads.exclude(zoho_id="").values_list("zoho_id", flat=True))
        if not ids and not rejected:
            self.stdout.write("No lead of this person is kept here.")
        if not is_meant and not self.is_meant(len(ids), len(rejected)):
            raise CommandError("Nothing was erased.")
        # An address that no lead has may be that of a reader of links, or stand in a mail.
        count = erase_person(leads, rejected, typed=typed)
        if count or rejected:
            self.stdout.write(f"Leads erased: {count}")
            self.stdout.write(f"Rejected submissions deleted: {len(rejected)}")
        if not overwrite_deleted(LEAVE_SECONDS):
            self.stderr.write(STILL_THERE)
        if records:
            self.stdout.write(f"Erase in Zoho too, by hand: {', '.join(records)}")

    def meant(self, options: dict[str, Any]) -> Any:
        """The leads that the options name. Raises CommandError where they name nobody."""
        named = options["references"] or options["email"].strip() or options["phone"].strip()
        if not named and not options["also_lead"]:
            raise CommandError("Say who: --email, --phone or --references.")
        references = read(options["references"]) if options["references"] else []
        wanted = Q(reference__in=references) | Q(pk__in=options["also_lead"])
        theirs = leads_of(options["email"], options["phone"]).values("pk")
        return Lead.objects.filter(wanted | Q(pk__in=theirs), erased_at=None).order_by("pk")

    def ticked(self, ids: list[int]) -> list[int]:
        """The rejected submissions named by hand. Raises CommandError for one that is not there."""
        there = set(RejectedSubmission.objects.filter(pk__in=ids).values_list("pk", flat=True))
        if missing := [str(pk) for pk in ids if pk not in there]:
            raise CommandError(f"No rejected submission: {', '.join(missing)}.")
        return ids

    def show(self, ids: list[int], naming: list[int]) -> None:
        """The rejected submissions and leads that may be the person's, each with its site."""
        for lead in Lead.objects.filter(pk__in=naming).order_by("pk").select_related("site"):
            self.stdout.write(f"Lead {lead.pk} of {lead.site} names the address: look at it")
        rows = RejectedSubmission.objects.filter(pk__in=ids).order_by("pk").select_related("site")
        for row in rows.defer("body"):
            when = row.received_at.isoformat(sep=" ", timespec="minutes")
            self.stdout.write(f"Rejected submission {row.pk} of {row.site}, {when}: look at it")

    def is_meant(self, leads: int, rejected: int) -> bool:
        """What the person at the terminal answers."""
        found = f"Leads found: {leads}. Rejected submissions: {rejected}."
        self.stdout.write(f"{found} Their data cannot be brought back.")
        return input("Type ERASE to go on: ").strip() == "ERASE"


def read(name: str) -> list[uuid.UUID]:
    """The references in a file, or on standard input for -. Raises CommandError."""
    try:
        if name == "-":
            return read_references(sys.stdin)
        with open(name, encoding="utf-8") as file:  # noqa: PTH123 - stdin is one too
            return read_references(file)
    except (OSError, UnicodeError) as error:
        raise CommandError(f"{name} cannot be read: {type(error).__name__}") from None
    except ValueError as error:
        raise CommandError(str(error)) from None
