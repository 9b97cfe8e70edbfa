"""Posts from pages that nobody has allowed: kept for a person, so many a day, and no more.

The token in the address names the site, so the enquiry is most likely meant for it: a new domain, a
copy of the page in a search engine's cache, a browser that hides where it comes from.
"""

from __future__ import annotations

from leads.clock import database_now
from leads.intake.body import refused_words as words
from leads.intake.body.fields import storable
from leads.intake.errors import ForeignPage
from leads.intake.guard.origins import Page
from leads.models import Allowance, Site
from leads.store import database

MOST_A_DAY = 200
"""Leads of one site that are kept from unknown pages; whoever reads a page's source can post."""
LARGEST = 64 * 1024
"""Bytes of one of them."""
DAY = 24 * 60 * 60
ANY_NUMBER = 2**31 - 1


def admit_foreign(site: Site, page: Page, size: int) -> None:
    """Count one more post of an unknown page. Raises ForeignPage for one too many or too large."""
    if size <= LARGEST and database.use_allowance(kept_as(site.pk), MOST_A_DAY, DAY) is not None:
        return
    database.use_allowance(refused_as(site.pk), ANY_NUMBER, DAY)
    note = words.NOT_ALLOWED(origin=page.origin) if page.origin else words.NO_ORIGIN
    raise ForeignPage("This page may not post for the site.", note=note)


def why_held(page: Page) -> str:
    """Why a lead of such a page waits for a person."""
    if not page.origin:
        return "Posted from a page without an origin."
    return storable(f"Posted from {page.origin}, which may not post for the site.")[:300]


def refused_today(site_id: int) -> int:
    """How many posts of unknown pages were refused in the running day of UTC."""
    row = Allowance.objects.filter(name=refused_as(site_id)).first()
    return row.used if row and row.ends_at > database_now().timestamp() else 0


def kept_as(site_id: int) -> str:
    """The counter of what is kept of a site's day."""
    return f"foreign:{site_id}"


def refused_as(site_id: int) -> str:
    """The counter of what is refused beyond that."""
    return f"foreign-refused:{site_id}"
