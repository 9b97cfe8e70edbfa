"""Which language a mail speaks: that of the site it is about."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from notifications.models import Notice


def language_of(notices: Iterable[Notice]) -> str:
    """The sites' language where they share one; else, and for what is of no site, English."""
    spoken = {notice.site.language if notice.site else "en" for notice in notices}
    return spoken.pop() if len(spoken) == 1 else str(settings.LANGUAGE_CODE)
