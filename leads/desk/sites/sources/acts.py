"""What is done to a source, by whoever does it: a decision, and its entry in the site's history."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from leads.decisions import source as decisions
from leads.desk.kit.history import attribute
from leads.models import Site, Source, SourceAddress


@transaction.atomic
def make(site: Site, name: str, tool: str, user: Any) -> SourceAddress:
    """A source and its first address. Raises IntegrityError where the site has one of the name."""
    made = decisions.make_source(site, name, tool)
    attribute(site, user, f"Made the source “{made.source}” and its address.", "key")
    return made


@transaction.atomic
def change(source: Source, values: dict[str, Any], user: Any) -> None:
    """Other values of some columns. Raises IntegrityError where the site has one of the name."""
    others = [name for name, value in values.items() if getattr(source, name) != value]
    for name in others:
        setattr(source, name, values[name])
    if others:
        source.save(update_fields=others)
        said = f"Changed {', '.join(others)} of “{source}”."
        attribute(source.site, user, said.replace("_", " "))


def show(source: Source, user: Any) -> None:
    """Keep who saw the address in full."""
    attribute(source.site, user, f"Showed the address of “{source}”.", "key")


@transaction.atomic
def renew(source: Source, newest_id: int | None, user: Any) -> SourceAddress | None:
    """Another address beside the one of today; None where `newest_id` is not the newest."""
    made = decisions.renew(source, newest_id)
    if made:
        attribute(source.site, user, f"Renewed the address of “{source}”.", "key")
    return made


@transaction.atomic
def end_old(source: Source, user: Any) -> None:
    """End the addresses before the newest one now instead of in a week."""
    if decisions.end_old(source):
        attribute(source.site, user, f"Ended the old addresses of “{source}”.", "key")


@transaction.atomic
def revoke(source: Source, user: Any) -> None:
    """End every address of the source at once."""
    if decisions.revoke(source):
        attribute(source.site, user, f"Revoked the addresses of “{source}”.", "key")
