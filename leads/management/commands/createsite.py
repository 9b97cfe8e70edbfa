"""`manage.py createsite NAME`: a site and its key, form token or webhook address."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from leads.decisions.site import make_site
from leads.decisions.source import make_source
from leads.models import Destination, Site, SiteKey


class Command(BaseCommand):
    """Creates a site and prints its new key, alone, on standard output."""

    help = "Creates a site and prints its new key. The key is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, recipients, and whether the key is a browser form's token."""
        parser.add_argument("name")
        parser.add_argument("--recipient", action="append", default=[], metavar="A@B")
        kinds = parser.add_mutually_exclusive_group()
        kinds.add_argument(
            "--form", action="store_true", help="issue a public form token instead of a secret key"
        )
        kinds.add_argument(
            "--webhook", action="store_true", help="make a webhook address instead of a secret key"
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
        with transaction.atomic():
            try:
                make_site(site)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
            shown = self.issue(site, options)
        self.stdout.write(shown)

    def issue(self, site: Site, options: dict[str, Any]) -> str:
        """What the site's developer needs: a key, a token or an address."""
        if options["webhook"]:
            return make_source(site, "Form").address
        kind = SiteKey.Kind.FORM if options["form"] else SiteKey.Kind.SECRET
        _key, secret = SiteKey.objects.issue(site, kind)
        return secret
