"""The rows before and after one, in the list that a person came from."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from leads.decisions.undo import moment_before
from leads.models import Lead
from leads.models.queries.keyset import Keyset

KEPT = "_changelist_filters"
"""How the admin's lists hand their filter on to the pages of their rows."""


@dataclass(frozen=True)
class Neighbours:
    """The addresses of the pages beside a row's, and of the list; empty where there is none."""

    previous: str
    next: str
    back: str


def neighbours(
    model_admin: Any, request: HttpRequest, row: Any, page: str = "change"
) -> Neighbours:
    """The rows around this one, one step into an index each. `model_admin` is the list's.

    `page` is the one of a row that the addresses lead to, as the admin names it.
    """
    query = request.GET.get(KEPT, "")
    there = copy(request)
    there.GET = QueryDict(query)
    order = [str(name) for name in model_admin.get_ordering(there)]
    rows = model_admin.filtered(there, model_admin.get_queryset(there)).order_by(*order)
    keys = Keyset(order)
    cursor = keys.cursor(_placed(row) if isinstance(row, Lead) else row)
    name = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    kept = QueryDict(mutable=True)
    if query or (page != "change" and KEPT in request.GET):
        kept[KEPT] = query

    def address(found: QuerySet[Any]) -> str:
        pk = found.values_list("pk", flat=True).first()
        if pk is None:
            return ""
        return reverse(f"{name}_{page}", args=[pk]) + (f"?{kept.urlencode()}" if kept else "")

    return Neighbours(
        previous=address(keys.turned(keys.beyond(rows, cursor, back=True))),
        next=address(keys.beyond(rows, cursor)),
        back=reverse(f"{name}_changelist") + (f"?{query}" if query else ""),
    )


def _placed(lead: Lead) -> Lead:
    """The lead with the moments that it had in its list, though it may have left it since."""
    if lead.failed_at and lead.queued_at:
        return lead
    there = copy(lead)
    there.failed_at = lead.failed_at or _failed_before(lead) or lead.received_at
    there.queued_at = lead.queued_at or lead.received_at
    return there


def _failed_before(lead: Lead) -> Any:
    """When a lead that was sent again had failed, as its last decision has kept it."""
    event = lead.events.filter(before__isnull=False).order_by("-pk").only("before").first()
    return moment_before(event, "failed_at") if event else None
