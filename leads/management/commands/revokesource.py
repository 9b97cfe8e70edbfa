"""`manage.py revokesource SITE`: a form tool's addresses that shall work no more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leads.clock import database_now
from leads.decisions.source import revoke
from leads.models import Site, Source, SourceAddress


class Command(BaseCommand):
    """Ends the webhook addresses of a source, or a single one of them, at once."""

    help = "Revokes webhook addresses: of a source by its name, or one by how its secret begins."

    def add_arguments(self, parser: CommandParser) -> None:
        """SITE, and which of its addresses; a site with one source needs no more."""
        parser.add_argument("site", help="the site's name")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--source", default="", help="the source's name: all its addresses")
        which.add_argument(
            "--address",
            default="",
            metavar="BEGINNING",
            help="how the part after /in/ begins",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Revoke, or say in one line why not."""
        site = Site.objects.filter(name=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site “{options['site']}”.")
        if options["address"]:
            ended = self.end(self.address(site, options["address"]))
        else:
            ended = revoke(self.source(site, options["source"]))
        self.stdout.write(f"{ended} address{'' if ended == 1 else 'es'} revoked.")

    def source(self, site: Site, name: str) -> Source:
        """The source that is meant. Raises CommandError."""
        sources = list(site.sources.filter(name=name) if name else site.sources.all()[:2])
        if not sources:
            raise CommandError(f"The site has no source{f' “{name}”' if name else ''}.")
        if len(sources) > 1:
            raise CommandError("The site has several sources: name one with --source.")
        return sources[0]

    def address(self, site: Site, beginning: str) -> SourceAddress:
        """The one live address that begins so. Raises CommandError."""
        live = SourceAddress.objects.live(database_now()).filter(source__site=site)
        found = [address for address in live if address.secret.startswith(beginning)]
        if len(found) != 1:
            raise CommandError(f"{len(found)} live addresses of the site begin so: name one.")
        return found[0]

    def end(self, address: SourceAddress) -> int:
        """End one address; how many worked until now."""
        now = database_now()
        return SourceAddress.objects.live(now).filter(pk=address.pk).update(ends_at=now)
