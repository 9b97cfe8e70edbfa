"""Addresses of leads, and of the rows that a figure counts; none for who may not see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from leads.criteria import span_of
from leads.desk.kit import masking

LISTS = {
    "leads": ("leads.view_lead", "admin:leads_lead_changelist"),
    "failed": ("leads.view_failedlead", "admin:leads_failedlead_changelist"),
    "logs": ("leads.view_apilog", "admin:leads_apilog_changelist"),
}
"""The permission and the page of each list that figures link to."""

MAY_FILL_IN = ("leads.correct_lead", "leads.retry_lead", masking.PERMISSION)
"""What one must be allowed, to fill in a field for many leads."""


class Links:
    """Addresses of lists for one person. All leave test leads out, as the figures do."""

    def __init__(self, user: Any) -> None:
        self.open = {name: user.has_perm(permission) for name, (permission, _) in LISTS.items()}
        self.may_retry = user.has_perm("leads.retry_lead") and self.open["failed"]
        self.may_fill_in = self.open["failed"] and all(map(user.has_perm, MAY_FILL_IN))

    def __call__(self, name: str, **filters: Any) -> str:
        """The list, filtered; empty where it may not be seen."""
        if not self.open[name]:
            return ""
        wanted = {key: value for key, value in filters.items() if value not in ("", None)}
        return f"{reverse(LISTS[name][1])}?{urlencode(wanted | {'test': 'no'})}"

    def logs_between(self, code: str, start: datetime, end: datetime) -> str:
        """The attempts of a span of time, with one response code or all."""
        return self("logs", code=code, held="no", at=span_of(start, end))

    def retry_all(self, **filters: Any) -> str:
        """Where all failed leads of a kind are retried; empty for those who may not."""
        if not self.may_retry:
            return ""
        try:
            return f"{reverse('admin:leads_bulkretry_plan')}?{urlencode(filters)}"
        except NoReverseMatch:
            return self("failed", **filters)

    def fill_in(self, **filters: Any) -> str:
        """Where a field of all failed leads of a kind is filled in; empty for those who may not."""
        address = reverse("admin:leads_bulkretry_fill")
        return f"{address}?{urlencode(filters)}" if self.may_fill_in else ""

    @property
    def key(self) -> str:
        """Equal for people who are shown the same links."""
        return "".join(
            str(int(may)) for may in (*self.open.values(), self.may_retry, self.may_fill_in)
        )


def lead_url(pk: int) -> str:
    """The lead's permalink."""
    return reverse("admin:leads_lead_change", args=[pk])


def test_leads_url(site_id: int) -> str:
    """The place of a site's page that shows its test leads."""
    return reverse("admin:leads_site_change", args=[site_id]) + "#test"
