"""Who sends a form, as far as it must be known: an address, kept as a hash that soon expires."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from leads.intake.errors import OverQuota
from leads.intake.guard.quota import MINUTE, rest_of
from leads.models import Site
from leads.networks import known_today
from leads.store import database


def admit_visitor(request: HttpRequest, site: Site) -> None:
    """Count one more form of this visitor in this minute. Raises OverQuota."""
    if not settings.FORM_QUOTA:
        return
    name = f"visitor:{known_today(request, 'leads.visitor', site.pk)}"
    if database.use_allowance(name, settings.FORM_QUOTA, MINUTE) is None:
        raise OverQuota("Please wait a minute, then send the form again.", wait=rest_of(MINUTE))
