"""Pauses as pages show them: those of a destination and of a site alike."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads.desk.kit.formatting import when
from leads.models import Destination, Lead, Site


def paused_badge(row: Destination | Site) -> SafeString:
    """That it is paused, and why."""
    return format_html(
        '<span class="state failed">{}</span> {}', _("Paused"), row.get_pause_reason_display()
    )


def until(row: Destination | Site, now: datetime) -> SafeString | str:
    """How long a pause lasts, in words that stay true once its end has passed."""
    if row.paused_until is None:
        return _("until a person resumes")
    if row.paused_until <= now:
        return _("one lead is being tried now")
    moment = when(row.paused_until, now)
    return format_html(escape(_("one lead is tried again {moment}")), moment=moment)


def what_holds(lead: Lead) -> Destination | Site | None:
    """The destination, else the site, whose pause keeps the lead here; None while both run."""
    rows: list[Destination | Site] = [lead.destination, lead.site]
    return next((row for row in rows if row.paused_at is not None), None)
