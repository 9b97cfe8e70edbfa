"""The Zoho connection, on the page of its destination. Credentials have a page of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html_join

from leads.desk.destinations import DestinationAdmin
from leads.desk.kit.formatting import when
from leads.desk.kit.generics import StackedInline
from leads.models import Destination
from zoho.desk import connect
from zoho.desk.comparisons import ReconciliationAdmin
from zoho.desk.site import ZohoSiteAdmin
from zoho.models import Connection
from zoho.setup.connect import forget_fields, let_go

__all__ = ["ConnectionInline", "ReconciliationAdmin", "ZohoDestinationAdmin", "ZohoSiteAdmin"]


class ConnectionInline(StackedInline[Connection, Destination]):
    """The reference field to write, state to read."""

    model = Connection
    can_delete = False
    extra = 0
    max_num = 1
    readonly_fields = ["token", "fields_known", "reference_verified"]
    fields = ["reference_field", *readonly_fields]

    @admin.display(description="Access token")
    def token(self, connection: Connection) -> Any:
        """Until when the shared token holds."""
        return when(connection.access_expires_at) if connection.access_token else "none yet"

    @admin.display(description="Fields read")
    def fields_known(self, connection: Connection) -> Any:
        """When Zoho's field list was last read."""
        rows = connection.modules.order_by("module") if connection.pk else []
        read = ((row.module, when(row.read_at)) for row in rows)
        return format_html_join(", ", "{} {}", read) or "not yet"

    @admin.display(description="Reference field verified", boolean=True)
    def reference_verified(self, connection: Connection) -> bool:
        """Whether Zoho refuses a second record with the same reference."""
        return bool(connection.destination_id and connection.destination.resend_is_safe)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: connecting makes it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: connect another organisation instead."""
        return False


admin.site.unregister(Destination)


@admin.register(Destination)
class ZohoDestinationAdmin(DestinationAdmin):
    """A destination with its Zoho connection."""

    change_form_template = "admin/zoho/destination.html"
    inlines = [ConnectionInline]

    def get_urls(self) -> list[URLPattern]:
        """The destination's addresses and those of its connection."""
        return [*connect.connect_urls(self.admin_site), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, below what is connected."""
        destination = context.get("original")
        context |= {
            "connection": Connection.objects.filter(destination=destination).first(),
            "may_connect": request.user.has_perm(connect.PERMISSION),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ARG002 - its caller's signature
        """Write the reference field alone: a worker may be storing a token at this moment."""
        for connection in formset.save(commit=False):
            connection.save(update_fields=["reference_field"])
            forget_fields(connection)
            let_go(connection.destination_id)
