"""The Settings page: one row, one form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.history import EnglishHistory
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.models import Preferences


@admin.register(Preferences)
class PreferencesAdmin(EnglishHistory, ByOwnFilters, ModelAdmin[Preferences]):
    """There is always one, so there is no list, nothing to add and nothing to delete."""

    change_form_template = "admin/leads/preferences.html"
    fieldsets = [
        (
            gettext_lazy("Duplicates"),
            {"fields": ["refuse_duplicate_emails", "ask_zoho_for_duplicates"]},
        ),
        (
            gettext_lazy("How long data is kept"),
            {"fields": ["keep_exchanges_days", "keep_leads_days"]},
        ),
        (
            gettext_lazy("Who you are"),
            {
                "fields": ["our_name", "our_contact", "our_words"],
                "description": gettext_lazy("Shown in every mail and on the help page."),
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form instead of a list of one."""
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        only = Preferences.load()
        return HttpResponseRedirect(reverse("admin:leads_preferences_change", args=[only.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form under a plain title."""
        context = {"title": _("Settings"), "subtitle": None, "show_save_and_continue": False}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def response_change(self, request: HttpRequest, obj: Preferences) -> HttpResponse:
        """Back to the same form."""
        messages.success(request, _("The settings are saved."))
        return HttpResponseRedirect(request.path)
