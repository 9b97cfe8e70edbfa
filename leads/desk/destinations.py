"""Destinations: pace, state, and the switch that stops sending."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leads.decisions import pause
from leads.desk.kit.formatting import when
from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.history import attribute
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.desk.kit.pauses import paused_badge
from leads.desk.kit.permissions import demand
from leads.models import Destination

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAUSED = gettext_lazy("Sending is paused until you resume it.")
SWITCHES: dict[str, Callable[[Destination], bool]] = {
    "pause": pause.pause_destination,
    "resume": pause.resume,
}


@transaction.atomic
def switch_by_hand(destination: Destination, name: str, user: Any) -> bool:
    """Turn the switch, and note who did; whether sending stands otherwise now."""
    changed = SWITCHES[name](destination)
    # A pause that Zoho caused becomes a person's.
    if changed or name == "pause":
        attribute(destination, user, f"{name.capitalize()}d sending.")
    return changed


@admin.register(Destination)
class DestinationAdmin(ByOwnFilters, ModelAdmin[Destination]):
    """Where leads go. Deleting one would orphan its leads, so nobody does."""

    change_list_template = "admin/leads/kit/plain_list.html"
    change_form_template = "admin/leads/destination.html"
    list_display = ["name", "state", "last_success", "calls_per_second", "max_slots", "batch_size"]
    fieldsets = [
        (None, {"fields": ["name"]}),
        (
            gettext_lazy("Pace"),
            {
                "fields": ["calls_per_second", "max_slots", "batch_size"],
                "description": gettext_lazy("Limits hold for all machines together."),
            },
        ),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the switch's."""

        def switch(name: str, done: StrOrPromise) -> URLPattern:
            view = self.admin_site.admin_view(require_POST(self._switch(name, done)))
            return path(f"<int:pk>/{name}/", view, name=f"leads_destination_{name}")

        return [
            switch("pause", PAUSED),
            switch("resume", gettext_lazy("Sending goes on.")),
            *super().get_urls(),
        ]

    def _switch(self, name: str, done: StrOrPromise) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            demand(request, f"leads.{name}_destination")
            destination = get_object_or_404(Destination, pk=pk)
            switch_by_hand(destination, name, request.user)
            messages.success(request, done)
            return HttpResponseRedirect(reverse("admin:leads_destination_change", args=[pk]))

        return view

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, below where sending stands and the switch."""
        context |= {
            "now": timezone.now(),
            "may_pause": request.user.has_perm("leads.pause_destination"),
            "may_resume": request.user.has_perm("leads.resume_destination"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("State"))
    def state(self, destination: Destination) -> SafeString:
        """Running, or paused and why."""
        if destination.paused_at is None:
            return format_html('<span class="state delivered">{}</span>', _("Running"))
        return paused_badge(destination)

    @admin.display(description=gettext_lazy("Last success"))
    def last_success(self, destination: Destination) -> SafeString | str:
        """When Zoho last took a lead."""
        return when(destination.last_success_at)
