"""Retention: what is kept for how long. Unresolved leads are never touched, by anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from leads.models import ApiCall, ApiLog, Lead, Preferences
from leads.privacy.erase import MOST_AT_ONCE, erase

CHUNK = 5_000
"""Rows that one statement blanks."""


def keep_no_longer(now: datetime) -> dict[str, int]:
    """Let go of what is older than the settings say; how many rows of each kind.

    Harmless to repeat: what is gone is not looked at again.
    """
    kept = Preferences.load()
    return {
        "exchanges": forget_exchanges(now, kept.keep_exchanges_days),
        "leads": forget_leads(now, kept.keep_leads_days),
    }


def forget_exchanges(now: datetime, days: int | None) -> int:
    """Blank what was sent to Zoho and answered that many days ago; None keeps it for good.

    Codes, reasons and times stay. The attempts of unresolved leads keep their words: whoever
    mends them needs these.
    """
    if days is None:
        return 0
    before = now - timedelta(days=days)
    logs = ApiLog.objects.filter(created_at__lt=before, record__isnull=False)
    settled = logs.exclude(lead__status__in=Lead.UNRESOLVED)
    calls = ApiCall.objects.filter(started_at__lt=before).exclude(request="", response="")
    held = calls.exclude(logs__lead__status__in=Lead.UNRESOLVED)
    return _blank(settled.order_by("created_at"), answer="", record=None) + _blank(
        held.order_by("started_at"), request="", response=""
    )


def forget_leads(now: datetime, days: int | None) -> int:
    """Erase the people of leads that were settled that many days ago; None keeps them for good."""
    if days is None:
        return 0
    settled = Lead.objects.filter(erased_at=None, settled_at__lt=now - timedelta(days=days))
    old, count = settled.exclude(status__in=Lead.UNRESOLVED).order_by("settled_at"), 0
    while ids := list(old.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        count += erase(Lead.objects.filter(pk__in=ids))
    return count


def _blank(rows: QuerySet[ApiLog] | QuerySet[ApiCall], **values: object) -> int:
    count = 0
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        count += rows.model._default_manager.filter(pk__in=ids).update(**values)
    return count
