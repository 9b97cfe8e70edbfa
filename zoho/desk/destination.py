"""The Zoho connection, on the page of its destination. Credentials have a page of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.desk.destinations import DestinationAdmin
from leads.desk.kit.formatting import tick, when
from leads.desk.kit.generics import StackedInline
from leads.desk.kit.lists.paging import capped_count, shown_count
from leads.models import Destination
from leads.shown.numbers import localised
from zoho.api import rests
from zoho.desk import connect
from zoho.desk.comparisons import ReconciliationAdmin
from zoho.desk.site import ZohoSiteAdmin
from zoho.models import Connection, ReadBack, Rest
from zoho.proof.budget import used_today
from zoho.setup.connect import forget_fields, let_go

__all__ = ["ConnectionInline", "ReconciliationAdmin", "ZohoDestinationAdmin", "ZohoSiteAdmin"]


SHARES = ("proof_share", "proof_credits", "reads_sales", "sales_months", "won_stages")
"""What people decide about proof of arrival, and about what became of the leads."""
QUESTIONS = {
    rests.RECORDS: gettext_lazy("Proof of arrival"),
    rests.UPDATES: gettext_lazy("Repair"),
    rests.FIELDS: gettext_lazy("Fields"),
    rests.LAYOUTS: gettext_lazy("Layouts"),
    rests.SALES: gettext_lazy("What became of leads"),
    rests.DEALS: gettext_lazy("Stage and amount of deals"),
    rests.ORGANISATION: gettext_lazy("Currency of deals"),
}


def _hint(rest: Rest) -> str:
    """A question that rests, and what to do."""
    kind, _space, module = rest.what.partition(" ")
    what = f"{QUESTIONS.get(kind, kind)} of {module}" if module else QUESTIONS.get(kind, kind)
    if rest.scope:
        return _("%(what)s not available: reconnect with scope %(scope)s") % {
            "what": what,
            "scope": rest.scope,
        }
    return _("%(what)s not available: %(text)s") % {"what": what, "text": rest.text}


class ConnectionInline(StackedInline[Connection, Destination]):
    """The reference field to write, state to read."""

    model = Connection
    can_delete = False
    extra = 0
    max_num = 1
    readonly_fields = [
        *("token", "fields_known", "reference_verified"),
        *("proof", "sales", "not_available", "not_readable"),
    ]
    fields = ["reference_field", *SHARES, *readonly_fields]

    @admin.display(description=gettext_lazy("Access token"))
    def token(self, connection: Connection) -> Any:
        """Until when the shared token holds."""
        return when(connection.access_expires_at) if connection.access_token else _("none yet")

    @admin.display(description=gettext_lazy("Fields read"))
    def fields_known(self, connection: Connection) -> Any:
        """When Zoho's field list was last read."""
        rows = connection.modules.order_by("module") if connection.pk else []
        read = ((row.module, when(row.read_at)) for row in rows)
        return format_html_join(", ", "{} {}", read) or _("not yet")

    @admin.display(description=gettext_lazy("Reference field verified"))
    def reference_verified(self, connection: Connection) -> str:
        """Whether Zoho refuses a second record with the same reference."""
        return tick(bool(connection.destination_id and connection.destination.resend_is_safe))

    @admin.display(description=gettext_lazy("Proof of arrival today"))
    def proof(self, connection: Connection) -> str:
        """What reading back and comparing cost today, and how much is waiting."""
        due = ReadBack.objects.filter(
            destination=connection.destination_id, state=ReadBack.State.DUE
        )
        waiting = shown_count(capped_count(due, 999), 999)
        used, most = used_today(connection), connection.proof_credits
        return _("%(used)s of %(most)s credits used, %(waiting)s leads wait to be read back") % {
            "used": localised(f"{used:,}"),
            "most": localised(f"{most:,}"),
            "waiting": waiting,
        }

    @admin.display(description=gettext_lazy("What became of leads"))
    def sales(self, connection: Connection) -> Any:
        """When the last pass was over, and how far the next one is."""
        if not connection.reads_sales:
            return _("not read: switched off")
        read = connection.sales_read_at
        over = format_html(_("all read {}"), when(read)) if read else _("not read yet")
        if connection.sales_from is None:
            return over
        far = format_html(_("now at the leads delivered {}"), when(connection.sales_from))
        return format_html("{}; {}", over, far)

    @admin.display(description=gettext_lazy("Not available"))
    def not_available(self, connection: Connection) -> Any:
        """What Zoho does not let us ask, and what mends it."""
        lines = ((_hint(rest),) for rest in connection.rests.order_by("what"))
        return format_html_join(mark_safe("<br>"), "{}", lines) or "–"

    @admin.display(description=gettext_lazy("Not readable"))
    def not_readable(self, connection: Connection) -> str:
        """The fields that Zoho shows in no record, so that nothing is known of their values."""
        rows = connection.modules.exclude(unreadable=None).order_by("module")
        return "; ".join(f"{row.module}: {', '.join(row.unreadable or [])}" for row in rows) or "–"

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
        """Write what was entered alone: a worker may be storing a token at this moment."""
        changed = {one.instance.pk: one.changed_data for one in formset.forms if one.has_changed()}
        for connection in formset.save(commit=False):
            connection.save(update_fields=["reference_field", *SHARES])
            if "reference_field" in changed.get(connection.pk, ()):
                forget_fields(connection)
                let_go(connection.destination_id)
