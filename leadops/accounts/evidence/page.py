"""The list of security events: read only, with its download."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leadops.accounts.evidence.download import download
from leadops.accounts.models import SecurityEvent
from leads.desk.kit.formatting import number, when
from leads.desk.kit.lists.paging import Choice, Exact, ReadOnly
from leads.desk.kit.permissions import demand
from leads.models.queries.visible import is_limited

EXPORT = "accounts.export_securityevent"


class KindFilter(Exact):
    """By what happened."""

    title, parameter_name, column = gettext_lazy("what"), "kind", "kind"
    offered = SecurityEvent.Kind.choices


class AccountFilter(Choice):
    """By whose account it was."""

    title, parameter_name = gettext_lazy("who"), "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Nobody's, and every member of staff, the first thousand by name."""
        staff = get_user_model().objects.filter(is_staff=True).order_by("username")[:1000]
        return [("0", _("unknown")), *((str(user.pk), user.get_username()) for user in staff)]

    def read(self, text: str) -> Any:
        """Anybody's number: those who have left did something too. Raises NotUnderstood."""
        is_number = text.isascii() and text.isdecimal() and len(text) < 10
        return text if is_number else super().read(text)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Events of this account."""
        chosen = self.value() or ""
        return queryset.filter(account=int(chosen)) if chosen.isdecimal() else queryset


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnly):
    """Written by whoever records, read here. Nobody changes or removes one."""

    change_list_template = "admin/accounts/security_events.html"
    list_display = ["time", "what", "who", "address", "method", "times", "about"]
    list_display_links = ["time"]
    list_filter = [KindFilter, AccountFilter]
    sortable_by = ()
    ordering = ["-pk"]
    fields = readonly_fields = (
        *("at", "kind", "account", "method", "count", "address", "about"),
        *("seq", "digest", "link"),
    )

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the download's."""
        view = self.admin_site.admin_view(require_POST(self.export_view))
        return [path("export/", view, name="accounts_securityevent_export"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the names of the accounts and buttons for who may have them pressed."""
        self.names = dict(get_user_model()._default_manager.values_list("pk", "username"))
        may_export = request.user.has_perm(EXPORT) and not is_limited(request.user)
        context = {"may_export": may_export, "title": _("Security events")}
        return super().changelist_view(request, context | (extra_context or {}))

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """What the list of this address holds, oldest first; that it was made is an event too."""
        demand(request, EXPORT)
        if is_limited(request.user):
            raise PermissionDenied
        rows = self.filtered(request, SecurityEvent.objects.order_by("pk"))
        return download(rows, request.user, as_json=request.POST.get("format") == "json")

    @admin.display(description=gettext_lazy("When"))
    def time(self, event: SecurityEvent) -> SafeString | str:
        """When it happened; of failures, the first of the minute."""
        return when(event.at)

    @admin.display(description=gettext_lazy("What"))
    def what(self, event: SecurityEvent) -> str:
        """The kind in words."""
        return str(event.get_kind_display())

    @admin.display(description=gettext_lazy("Account"))
    def who(self, event: SecurityEvent) -> str:
        """The account's name as it is now."""
        if not event.account:
            return _("unknown")
        return self.names.get(event.account, _("account %(pk)s") % {"pk": event.account})

    @admin.display(description=gettext_lazy("Times"))
    def times(self, event: SecurityEvent) -> str:
        """How often in that minute."""
        return number(event.count)
