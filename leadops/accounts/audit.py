"""The audit: who changed what in the set-up, newest first. Nobody edits or removes a line."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ACTION_FLAG_CHOICES
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from leadops.accounts.models import AuditEntry
from leads.desk.kit.formatting import when
from leads.desk.kit.lists.paging import Choice, ReadOnly

COLUMNS = ("action_time", "user", "content_type", "object_id", "object_repr", "done")


class UserFilter(Choice):
    """By who did it."""

    title = _("who")
    parameter_name = "user"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every member of staff, the first thousand by name."""
        staff = get_user_model().objects.filter(is_staff=True).order_by("username")[:1000]
        return [(str(user.pk), user.get_username()) for user in staff]

    def read(self, text: str) -> Any:
        """Anybody's number: those who have left did something too. Raises NotUnderstood."""
        is_number = text.isascii() and text.isdecimal() and len(text) < 10
        return text if is_number else super().read(text)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What this person did."""
        chosen = self.value() or ""
        return queryset.filter(user_id=int(chosen)) if chosen.isdecimal() else queryset


class KindFilter(Choice):
    """By what was done."""

    title = _("what")
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Added, changed, deleted."""
        return [(str(flag), str(name)) for flag, name in ACTION_FLAG_CHOICES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Entries of that kind."""
        chosen = self.value() or ""
        return queryset.filter(action_flag=int(chosen)) if chosen.isdecimal() else queryset


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly):
    """Written by the admin and by the switches, read here."""

    change_list_template = "admin/accounts/audit.html"
    list_display = ["at", "user", "done", "thing"]
    list_display_links = None
    list_select_related = ["user", "content_type"]
    list_filter = [UserFilter, KindFilter]
    sortable_by = ()
    ordering = ["-pk"]
    fields = COLUMNS

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All of them."""
        return [*COLUMNS]

    @admin.display(description=_("When"))
    def at(self, entry: AuditEntry) -> SafeString | str:
        """When it was done."""
        return when(entry.action_time)

    @admin.display(description=_("What was done"))
    def done(self, entry: AuditEntry) -> str:
        """The names of changed fields; never their values."""
        return entry.get_change_message() or entry.get_action_flag_display()

    @admin.display(description=_("To what"))
    def thing(self, entry: AuditEntry) -> SafeString | str:
        """The row, leading to its page."""
        kind = entry.content_type.name if entry.content_type else "row"
        url = entry.get_admin_url()
        text = f"{kind} {entry.object_id}: {entry.object_repr}"
        return format_html('<a href="{}">{}</a>', url, text) if url else text
