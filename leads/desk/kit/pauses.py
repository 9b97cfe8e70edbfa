"""Pauses as pages show them: those of a destination and of a site alike."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from leads.models import Destination, Lead, Site


def paused_badge(row: Destination | Site) -> SafeString:
    """That it is paused, and why."""
    return format_html(
        '<span class="state failed">Paused</span> {}', row.get_pause_reason_display()
    )


def what_holds(lead: Lead) -> Destination | Site | None:
    """The destination, else the site, whose pause keeps the lead here; None while both run."""
    rows: list[Destination | Site] = [lead.destination, lead.site]
    return next((row for row in rows if row.paused_at is not None), None)
