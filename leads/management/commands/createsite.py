"""`manage.py createsite NAME`: a site and its key."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from leads.models import Destination, Site, SiteKey


class Command(BaseCommand):
    """Creates a site and prints its new key, alone, on standard output."""

    help = "Creates a site and prints its new key. The key is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, recipients, and whether the key is a browser form's token."""
        parser.add_argument("name")
        parser.add_argument("--recipient", action="append", default=[], metavar="A@B")
        parser.add_argument(
            "--form", action="store_true", help="issue a public form token instead of a secret key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create, or say in one line why not."""
        destination = Destination.objects.first()
        if destination is None:
            raise CommandError("No destination yet: run migrate first.")
        site = Site(
            name=options["name"],
            destination=destination,
            recipients="\n".join(options["recipient"]),
        )
        try:
            site.full_clean(exclude=["envelope"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        kind = SiteKey.Kind.FORM if options["form"] else SiteKey.Kind.SECRET
        with transaction.atomic():
            site.save()
            _key, secret = SiteKey.objects.issue(site, kind)
        self.stdout.write(secret)
