"""Delivered leads whose record became a contact, an account or a deal: lists and stories say so.

Known from reading back, from the nightly comparison, and from what became of leads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from leads.desk.lead.lists import LeadAdmin
from leads.models import CrmRecord, Lead
from zoho.models import Finding, ReadBack


def converted(leads: Iterable[Lead]) -> set[int]:
    """The ids of those whose record was converted, as far as any reading knows; asked of none
    where none is delivered.
    """
    asked = [lead.pk for lead in leads if lead.zoho_id]
    if not asked:
        return set()
    read = ReadBack.objects.filter(lead__in=asked, state=ReadBack.State.CONVERTED)
    found = Finding.objects.filter(lead__in=asked, kind=Finding.Kind.CONVERTED)
    seen = CrmRecord.objects.filter(lead__in=asked, converted_at__isnull=False)
    rows = (one.order_by().values_list("lead", flat=True) for one in (read, found, seen))
    return set().union(*rows)


class TellsConverted:
    """A list whose column of records says which of them were converted."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The rows of the page, each with what became of its record."""
        rows = super().get_changelist_instance(request)  # type: ignore[misc]  # mixed into a ModelAdmin
        theirs = converted(rows.result_list)
        for lead in rows.result_list:
            lead.is_converted = lead.pk in theirs
        return rows

    @admin.display(description=_("Zoho id"))
    def zoho(self, lead: Lead) -> SafeString | str:
        """The record it became, and whether that became something else."""
        if not getattr(lead, "is_converted", False):
            return lead.zoho_id or "—"
        return format_html('{} <span class="badge">{}</span>', lead.zoho_id, _("Converted in Zoho"))


admin.site.unregister(Lead)


@admin.register(Lead)
class ZohoLeadAdmin(TellsConverted, LeadAdmin):
    """Every lead, with what became of its record."""
