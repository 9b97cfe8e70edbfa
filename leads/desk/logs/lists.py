"""API logs and API calls: the evidence, to read only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from leads.delivery.gateway import get_gateway
from leads.desk.kit.evidence import EvidenceAdmin
from leads.desk.kit.formatting import milliseconds, when
from leads.desk.kit.limits import veil_calls, veil_words
from leads.desk.kit.lists.filters import OwnerFilter, SpanFilter, TestFilter
from leads.desk.kit.lists.paging import ReasonFilter, SiteFilter
from leads.desk.logs.filters import (
    CodeFilter,
    FromDay,
    HeldFilter,
    KindFilter,
    SlowerThan,
    StatusClassFilter,
    ToDay,
)
from leads.models import ApiCall, ApiLog
from leads.models.queries.visible import is_limited
from leads.reasons import Reason, ResponseCode


@admin.register(ApiLog)
class ApiLogAdmin(EvidenceAdmin):
    """Every attempt."""

    list_display = ["number", "code", "lead_link", "site", "why", "http", "took", "created"]
    list_select_related = ["site", "call"]
    list_filter = [
        CodeFilter, HeldFilter, ReasonFilter, OwnerFilter, SiteFilter, StatusClassFilter,
        SlowerThan, FromDay, ToDay, SpanFilter, TestFilter,
    ]  # fmt: skip
    search_fields = ["pk"]
    search_help_text = _("API log id or lead id")
    page_template = "admin/leads/logs/log.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows without their large columns; those of one lead where `lead` says so."""
        large = ("answer", "record", "repairs", "call__request", "call__response")
        return super().get_queryset(request).defer(*large)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The log with this id, and the logs of the lead with this id."""
        if not search_term:
            return queryset, False
        if not search_term.isdecimal() or len(search_term) > 18:
            return queryset.none(), False
        number = int(search_term)
        return queryset.filter(pk=number) | queryset.filter(lead_id=number), False

    def row_context(self, request: HttpRequest, row: ApiLog) -> dict[str, Any]:
        """The attempt with its call."""
        log = (
            ApiLog.objects.select_related("call", "site", "lead__site")
            .defer("lead__body")
            .get(pk=row.pk)
        )
        veil_words([log], request.user)
        veil_calls([log.call] if log.call else [], request.user)
        about = Reason(log.reason).about if Reason.knows(log.reason) else None
        here = {"log": log, "about": about, "curl": curl_of(log)}
        return super().row_context(request, row) | here

    @admin.display(description=_("Code"))
    def code(self, log: ApiLog) -> SafeString:
        """13003 or 13002."""
        tone = "good" if log.response_code == ResponseCode.INSERTED else "bad"
        return format_html('<span class="code {}">{}</span>', tone, log.response_code)

    @admin.display(description=_("Lead"))
    def lead_link(self, log: ApiLog) -> SafeString:
        """To the lead's page."""
        url = reverse("admin:leads_lead_change", args=[log.lead_id])
        return format_html('<a href="{}">{}</a>', url, log.lead_id)

    @admin.display(description=_("Reason"))
    def why(self, log: ApiLog) -> SafeString | str:
        """The reason as a badge; a dash for a 13003."""
        if not log.reason:
            return "—"
        owner = Reason(log.reason).owner if Reason.knows(log.reason) else ""
        return format_html('<span class="badge {}">{}</span>', owner, log.reason_title)

    @admin.display(description=_("Answer"))
    def http(self, log: ApiLog) -> str:
        """The status of the call; a dash where none was made or answered."""
        return str(log.status or "—")

    @admin.display(description=_("Took"))
    def took(self, log: ApiLog) -> str:
        """How long its call took; a dash where none was made."""
        return milliseconds(log.call.duration) if log.call else "—"

    @admin.display(description=_("Created"))
    def created(self, log: ApiLog) -> SafeString | str:
        """When the attempt was settled."""
        return when(log.created_at)


def curl_of(log: ApiLog) -> str:
    """The attempt as a call of its own: its record where that was kept, else the whole call."""
    if log.record:
        return get_gateway().curl(log.lead, log.record)
    return get_gateway().curl_of(log.call) if log.call else ""


@admin.register(ApiCall)
class ApiCallAdmin(EvidenceAdmin):
    """Every HTTP request to Zoho."""

    list_display = ["number", "kind", "leads", "http", "duration", "started", "error"]
    list_filter = [KindFilter, StatusClassFilter, SlowerThan, FromDay, ToDay]
    page_template = "admin/leads/logs/call.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows without the exchange."""
        return super().get_queryset(request).defer("request", "response")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Without what went wrong for who sees some sites only: it may speak of other leads."""
        columns = [*self.list_display]
        return columns[:-1] if is_limited(request.user) else columns

    def row_context(self, request: HttpRequest, row: ApiCall) -> dict[str, Any]:
        """The call and the attempts that it settled, as far as the user may see their sites."""
        is_mixed = veil_calls([row], request.user)
        own = ApiLog.objects.filter(call=row).visible_to(request.user)
        return super().row_context(request, row) | {
            "call": row,
            "is_mixed": is_mixed,
            "curl": get_gateway().curl_of(row),
            "logs": own.select_related("site").order_by("pk")[:100],
        }

    @admin.display(description=_("HTTP"))
    def http(self, call: ApiCall) -> str:
        """The status; a dash where no answer came."""
        return str(call.status or "—")

    @admin.display(description=_("Took"))
    def duration(self, call: ApiCall) -> str:
        """How long; a dash while it is open or when its end was not seen."""
        return milliseconds(call.duration)

    @admin.display(description=_("Started"))
    def started(self, call: ApiCall) -> SafeString | str:
        """When the request left."""
        return when(call.started_at)
