"""What a key may, once it is known to be one: from where, and whether it is told anything."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from leads.intake.errors import Forbidden
from leads.models import Site
from leads.networks import within

POSTS_ONLY = _("This key posts leads; it reads none.")
ELSEWHERE = _("This key is not taken from your address.")
LIMITS = ("reads", "networks")
"""Columns of a key that say what it may do, beside its kind."""


def check_limits(reads: bool, networks: str, address: str, asks: bool) -> None:
    """Raises Forbidden for another network, and for who asks with a key that only posts."""
    if not within(address, networks):
        raise Forbidden(str(ELSEWHERE))
    if asks and not reads:
        raise Forbidden(str(POSTS_ONLY))


def check_site(site: Site) -> None:
    """Raises Forbidden for a disabled site."""
    if not site.enabled:
        raise Forbidden("The site is disabled.")
