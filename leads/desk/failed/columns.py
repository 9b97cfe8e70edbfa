"""The columns of the failed table: those that a tab has, and those that each person has chosen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from leads.desk.failed.saved_views import view_posted
from leads.desk.kit.permissions import demand
from leads.models import TableColumns

OFFERED = {
    "why": _("Reason"),
    "summary": _("Data"),
    "source_site": _("Site"),
    "assigned": _("Assigned to"),
    "tries": _("Tries"),
    "received": _("Received"),
    "created": _("Created"),
}
"""What may be chosen in the tabs of work, in the order in which it stands there."""
USUAL = ("why", "summary", "created")
FIXED = {
    "incomplete": ("missing", "summary", "received"),
    "delivered": ("zoho", "summary", "received"),
}
"""Of the tabs in which nothing is to be done; of others `why`, `summary` and `received`."""


class ColumnsForm(forms.Form):
    """Which columns are shown; none is all that are usual."""

    columns = forms.MultipleChoiceField(choices=list(OFFERED.items()), required=False)


def columns_of(tab: str, chosen: tuple[str, ...]) -> list[str]:
    """The columns of a tab between the number and the buttons."""
    if tab in ("failed", "waiting"):
        return [*chosen]
    return [*FIXED.get(tab, ("why", "summary", "received"))]


def chosen_by(request: HttpRequest) -> tuple[str, ...]:
    """The columns of the person who asks, in their usual order; asked for once a request."""
    known: tuple[str, ...] | None = getattr(request, "_columns", None)
    if known is None:
        rows = TableColumns.objects.filter(user=request.user.pk or 0)
        kept: Any = rows.values_list("names", flat=True).first()
        known = tuple(name for name in OFFERED if isinstance(kept, list) and name in kept) or USUAL
        vars(request)["_columns"] = known
    return known


def column_urls(admin_site: Any) -> list[URLPattern]:
    """Keeping a choice."""
    view = admin_site.admin_view(require_POST(choose))
    return [path("columns/", view, name="leads_failedlead_columns")]


def choose(request: HttpRequest) -> HttpResponse:
    """Keep which columns a person sees, on whatever machine they log in."""
    demand(request, "leads.view_failedlead")
    form = ColumnsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such column."))
        return view_posted(request)
    wanted, mine = (
        form.cleaned_data["columns"],
        TableColumns.objects.filter(user=request.user.pk or 0),
    )
    if wanted and tuple(wanted) != USUAL:
        TableColumns.objects.update_or_create(
            user_id=request.user.pk or 0, defaults={"names": wanted}
        )
    else:
        mine.delete()
    return view_posted(request)
