"""Which language a mail speaks: that of the site it is about."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from leads.models import Site
from notifications.models import Notice


def language_of(notices: Iterable[Notice]) -> str:
    """The sites' language where they share one, else English; what is of no site, such as a
    report of all of them, is of all.
    """
    sites = [notice.site for notice in notices]
    spoken = {site.language if site else Site.objects.language() for site in sites}
    return spoken.pop() if len(spoken) == 1 else str(settings.LANGUAGE_CODE)
