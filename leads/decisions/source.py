"""A site's sources: made, renewed, revoked, and found right by a person.

What is pressed twice happens once: each change says what it found, and is written only over that.
"""

from __future__ import annotations

from django.db import transaction

from leads.clock import database_now
from leads.models import Site, Source, SourceAddress


@transaction.atomic
def make_source(site: Site, name: str, tool: str = "") -> SourceAddress:
    """A source and its first address. Raises IntegrityError where the site has one of the name."""
    source = Source.objects.create(site=site, name=name, tool=tool)
    return SourceAddress.objects.issue(source, database_now())


@transaction.atomic
def renew(source: Source, newest_id: int | None) -> SourceAddress | None:
    """Another address, beside those that work; None where `newest_id` is not the newest any more.

    Those before it go on working for `OVERLAP`.
    """
    _lock(source)
    newest = source.addresses.order_by("-pk").values_list("pk", flat=True).first()
    if newest != newest_id:
        return None
    return SourceAddress.objects.issue(source, database_now())


@transaction.atomic
def end_old(source: Source) -> int:
    """End the addresses before the newest one now; how many worked until then."""
    _lock(source)
    return SourceAddress.objects.end_old(source, database_now())


@transaction.atomic
def revoke(source: Source) -> int:
    """End every address of the source now; how many worked until then."""
    _lock(source)
    return SourceAddress.objects.revoke(source, database_now())


def confirm(source: Source) -> bool:
    """Keep that a person found its posts read right; False where somebody had."""
    unseen = Source.objects.filter(pk=source.pk, confirmed_at=None)
    return bool(unseen.update(confirmed_at=database_now()))


def _lock(source: Source) -> None:
    """Two people who change a source's addresses take turns."""
    Source.objects.select_for_update().only("pk").get(pk=source.pk)
