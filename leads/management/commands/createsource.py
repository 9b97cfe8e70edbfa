"""`manage.py createsource SITE`: one more webhook address for a site."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from leads.decisions.source import make_source
from leads.intake.tools import TOOLS
from leads.models import Site


class Command(BaseCommand):
    """Makes a source of a site and prints its webhook address, alone, on standard output."""

    help = "Makes a webhook address for a site's form tool and prints it, alone."

    def add_arguments(self, parser: CommandParser) -> None:
        """SITE, and what makes the form."""
        parser.add_argument("site", help="the site's name")
        parser.add_argument("--tool", choices=sorted(TOOLS), default="", help="what makes the form")
        parser.add_argument("--name", default="", help="what the source is called")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or say in one line why not."""
        site = Site.objects.filter(name=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site “{options['site']}”.")
        name = options["name"] or (TOOLS[options["tool"]].title if options["tool"] else "Form")
        try:
            address = make_source(site, name, options["tool"])
        except IntegrityError:
            raise CommandError(f"The site has a source “{name}” already: give a --name.") from None
        self.stdout.write(address.address)
