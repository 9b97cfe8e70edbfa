"""Who sends a form, as far as it must be known: an address, kept as a hash that soon expires."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from leads.intake.errors import OverQuota
from leads.intake.guard.quota import MINUTE, rest_of
from leads.models import Site
from leads.networks import client_address, network_of
from leads.store import database


def admit_visitor(request: HttpRequest, site: Site) -> None:
    """Count one more form of this visitor in this minute. Raises OverQuota."""
    if not settings.FORM_QUOTA:
        return
    # The day is part of what is hashed: nobody is recognised from one day to the next.
    today = datetime.now(UTC).date()
    caller = network_of(client_address(request))
    known_as = salted_hmac("leads.visitor", f"{today}:{site.pk}:{caller}")
    name = f"visitor:{known_as.hexdigest()}"
    if database.use_allowance(name, settings.FORM_QUOTA, MINUTE) is None:
        raise OverQuota("Please wait a minute, then send the form again.", wait=rest_of(MINUTE))
