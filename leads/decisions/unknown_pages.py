"""What is held from pages that nobody had allowed, and allowing such a page."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from leads.decisions.retry import Person, release
from leads.flags import Flag
from leads.intake.guard.origins import alike, origin_of, own_origins
from leads.models import Lead, Site
from leads.reasons import Reason

AT_ONCE = 100
"""Leads of one transaction."""
MOST_AT_ONCE = 1_000
"""Leads that one press releases; the page says how many are left."""
NAMED = re.compile(r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*(?::\d+)?")
LONGEST_HOST = 253
"""Characters of a name that can be looked up."""


@dataclass(frozen=True)
class HeldPage:
    """An origin from which leads are held."""

    origin: str
    """Empty for those that named none."""
    count: int
    newest: datetime

    @property
    def host(self) -> str:
        """What the page may be allowed by; empty where it may not be allowed at all."""
        return host_of(self.origin)


def host_of(origin: str) -> str:
    """The host, and port, of a named https page; empty for every other.

    Over http anybody on the way could be the page, and a number or a bare word is nobody's name.
    """
    scheme, _slashes, host = origin.partition("://")
    is_named = scheme == "https" and len(host) <= LONGEST_HOST and NAMED.fullmatch(host)
    return host if is_named else ""


def held_from_unknown(site: Site) -> QuerySet[Lead]:
    """The leads of unknown pages that wait for a person."""
    held = Lead.objects.failed().filter(site=site, reason=Reason.QUARANTINED)
    return held.filter(flags__contains=Flag.FOREIGN_PAGE)


def held_pages(site: Site) -> list[HeldPage]:
    """Where they came from, the most frequent first."""
    pages = held_from_unknown(site).order_by().values("page")
    count, newest = Counter[str](), dict[str, datetime]()
    for row in pages.annotate(n=Count("pk"), newest=Max("received_at")):
        origin = origin_of(row["page"])
        count[origin] += row["n"]
        newest[origin] = max(row["newest"], newest.get(origin, row["newest"]))
    return [HeldPage(origin, n, newest[origin]) for origin, n in count.most_common()]


def held_from(site: Site, origin: str) -> QuerySet[Lead]:
    """Those of one origin, with `www.` and without."""
    at = Q(pk__in=[])
    for one in alike(origin):
        at |= Q(page=one) | Q(page__startswith=f"{one}/")
    return held_from_unknown(site).filter(at)


def releasable(leads: QuerySet[Lead], up_to: int) -> QuerySet[Lead]:
    """Those that nothing but their page holds; none that came after the one named."""
    return leads.exclude(flags__contains=Flag.SUSPECT).filter(pk__lte=up_to)


@transaction.atomic
def allow_page(site: Site, origin: str) -> bool:
    """Let a page post for the site from now on; True when it might not before."""
    # Locked: two people who allow two pages at once must not undo each other.
    locked = Site.objects.select_for_update().get(pk=site.pk)
    if origin in own_origins(locked):
        return False
    locked.allowed_origins = "\n".join([*locked.allowed_origins.split(), origin])
    locked.save(update_fields=["allowed_origins"])
    return True


def release_page(site: Site, origin: str, up_to: int, user: Person) -> int:
    """Release what was held from the page alone, up to a lead; how many are on their way.

    The other rules judge them as always; what one of them holds stays failed, for its own reason.
    """
    leads = releasable(held_from(site, origin), up_to).order_by("pk")
    going = 0
    for _chunk in range(MOST_AT_ONCE // AT_ONCE):
        ids = list(leads.values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            break
        going += release(Lead.objects.filter(pk__in=ids), user)
    return going
