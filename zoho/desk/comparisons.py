"""The comparisons with Zoho in the admin: to read, and to follow to the lead or the record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.delivery.gateway import get_gateway
from leads.desk.kit.evidence import EvidenceAdmin
from leads.desk.kit.formatting import when
from leads.models import Lead, Site
from leads.shown.numbers import localised
from zoho.models import Reconciliation

MOST = 500
"""Differences that a page shows; the command prints them all."""


@admin.register(Reconciliation)
class ReconciliationAdmin(EvidenceAdmin):
    """Every comparison, newest first."""

    list_display = ["number", "where", "started", "state", "counted", "differences"]
    list_select_related = ["destination"]
    change_list_template = "admin/zoho/comparisons.html"
    page_template = "admin/zoho/comparison.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of differences."""
        return super().get_queryset(request).annotate(found=Count("findings"))

    def row_context(self, request: HttpRequest, row: Reconciliation) -> dict[str, Any]:
        """The comparison and its differences, each with its links."""
        findings = row.findings.select_related("lead").defer("lead__body", "lead__data")
        here = Lead(destination_id=row.destination_id, site=Site(module=row.module))
        gateway = get_gateway()
        return super().row_context(request, row) | {
            "row": row,
            "total": row.findings.count(),
            "findings": [
                (one, gateway.record_url(here, one.record_id) if one.record_id else "")
                for one in findings.order_by("kind", "pk")[:MOST]
            ],
        }

    @admin.display(description=gettext_lazy("Where"))
    def where(self, row: Reconciliation) -> str:
        """Destination and module."""
        return f"{row.destination} · {row.module}"

    @admin.display(description=gettext_lazy("Started"))
    def started(self, row: Reconciliation) -> SafeString | str:
        """When it began."""
        return when(row.started_at)

    @admin.display(description=gettext_lazy("State"))
    def state(self, row: Reconciliation) -> SafeString:
        """Compared, under way, or stopped by an error."""
        if row.ended_at:
            return format_html('<span class="state delivered">{}</span>', _("Compared"))
        if row.error:
            return format_html(
                '<span class="state failed" title="{}">{}</span>', row.error, _("Stopped")
            )
        return format_html('<span class="state queued">{}</span>', _("To be continued"))

    @admin.display(description=gettext_lazy("Compared"))
    def counted(self, row: Reconciliation) -> str:
        """Both sides, named: on a phone the columns have no heads."""
        return _("%(leads)s leads · %(records)s records") % {
            "leads": localised(f"{row.leads:,}"),
            "records": localised(f"{row.records:,}"),
        }

    @admin.display(description=gettext_lazy("Differences"))
    def differences(self, row: Any) -> SafeString:
        """How many were found."""
        return format_html(
            '<span class="code {}">{}</span>', "bad" if row.found else "good", row.found
        )
