"""Absolute addresses of our pages, from PUBLIC_URL: what people open out of a mail or a channel."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from notifications.models import Notice


def lead_url(lead_id: int | None) -> str:
    """A lead's page."""
    return _absolute(reverse("admin:leads_failedlead_change", args=[lead_id]))


def act_url(token: str) -> str:
    """What opens the leads of a mail for its recipient, who needs no account."""
    return _absolute(reverse("act-leads", args=[token]))


def entry_url(lead_id: int | None) -> str:
    """The card from which a lead is typed in by hand."""
    return _absolute(reverse("admin:leads_failedlead_entry", args=[lead_id]))


def table_url(**filters: object) -> str:
    """The table of failed leads, narrowed by what has a value; without any the whole of it."""
    chosen = {name: value for name, value in filters.items() if value} or {"tab": "failed"}
    path = reverse("admin:leads_failedlead_changelist")
    return _absolute(f"{path}?{urlencode(chosen)}")


def table_of(notices: Iterable[Notice]) -> str:
    """The table, narrowed to the site and the reason that all of the notices have in common."""
    rows = {(notice.site_id, notice.reason) for notice in notices}
    sites, reasons = {site for site, _ in rows}, {reason for _, reason in rows}
    return table_url(
        reason=reasons.pop() if len(reasons) == 1 else "",
        site=sites.pop() if len(sites) == 1 else "",
    )


def site_url(site_id: int) -> str:
    """A site's page."""
    return _absolute(reverse("admin:leads_site_change", args=[site_id]))


def admin_url() -> str:
    """The dashboard."""
    return _absolute(reverse("admin:index"))


def help_url() -> str:
    """What 13002 means."""
    return _absolute("/help/13002/")


def _absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
