"""The log of outcome webhooks: what was sent, what was answered, and delivering it again."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.desk.kit import masking
from leads.desk.kit.formatting import when
from leads.desk.kit.history import EnglishHistory
from leads.desk.kit.lists.paging import Choice, ReadOnly
from notifications.desk.endpoints.page import REDELIVER, TONES
from notifications.desk.notices import Chosen
from notifications.models import Endpoint, Event, Message
from notifications.outcomes.payload import body_of
from notifications.outcomes.switch import redeliver
from notifications.tasks import wake_notices


class StatusFilter(Chosen):
    """By what became of it."""

    title, parameter_name, choices_of = _("state"), "status", Message.Status


class EventFilter(Chosen):
    """By what it tells."""

    title, parameter_name, choices_of = _("event"), "event", Event


class EndpointFilter(Choice):
    """By webhook, of those that the user may see."""

    title, parameter_name = _("outcome webhook"), "endpoint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The first thousand."""
        seen = Endpoint.objects.visible_to(request.user).order_by("name", "pk")
        return [(str(pk), name) for pk, name in seen.values_list("pk", "name")[:1000]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What it was sent."""
        return queryset.filter(endpoint=int(self.chosen)) if self.chosen else queryset


@admin.register(Message)
class MessageAdmin(EnglishHistory, ReadOnly):
    """A list to read. Rows are written with the leads' states and settled by the sender."""

    change_list_template = "admin/notifications/endpoints/log.html"
    page_template = "admin/notifications/endpoints/message.html"
    list_display = ["number", "what", "about", "to", "state", "tries", "next_try", "error"]
    list_filter = [StatusFilter, EventFilter, EndpointFilter]
    search_fields = ["lead"]
    search_help_text = _("A lead's number")
    list_select_related = ["endpoint__site", "lead"]
    empty_value_display = ""
    ordering = ["-id"]
    sortable_by = ()
    actions = ["deliver_again"]

    class Media:
        css = {"all": ["leadops/css/notices.css"]}

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Not in the menu: it is reached from its webhook."""
        return {}

    def has_redeliver_permission(self, request: HttpRequest) -> bool:
        """A right of its own: it calls others."""
        return request.user.has_perm(REDELIVER)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without what is large, and readable whatever keys FIELD_KEYS holds."""
        hidden = ("endpoint__address", "endpoint__secret", "endpoint__former_secret")
        return super().get_queryset(request).defer(*hidden, "lead__body", "lead__data")

    def get_urls(self) -> list[URLPattern]:
        """The admin's own addresses and the one of the button."""
        view = self.admin_site.admin_view(require_POST(self.redeliver_view))
        name = "notifications_message_redeliver"
        return [path("<int:pk>/redeliver/", view, name=name), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Those about one lead."""
        term = search_term.strip()
        if not term:
            return queryset, False
        known = term.isascii() and term.isdecimal() and len(term) <= 18
        return (queryset.filter(lead=int(term)) if known else queryset.none()), False

    def row_context(self, request: HttpRequest, row: Message) -> dict[str, Any]:
        """What became of it, and what it says."""
        return {
            "message": row,
            "tone": TONES[row.status],
            "body": self.body(row, request.user),
            "may_redeliver": self.has_redeliver_permission(request),
        }

    def body(self, message: Message, user: Any) -> str:
        """The body as it is sent; without the lead's fields to who may not see them."""
        endpoint = message.endpoint
        endpoint.personal_data &= masking.may_see_leads_whole(user)
        content = json.loads(body_of(message, endpoint, endpoint.site.name))
        return json.dumps(content, indent=2, ensure_ascii=False)

    @admin.display(description=_("ID"), ordering="pk")
    def number(self, message: Message) -> str:
        """The row's id."""
        return str(message.pk)

    @admin.display(description=_("Event"))
    def what(self, message: Message) -> SafeString:
        """What it tells, and since when that is so."""
        return format_html(
            '<span class="line">{}</span><span class="line site">{}</span>',
            message.event,
            when(message.created_at),
        )

    @admin.display(description=_("Lead"))
    def about(self, message: Message) -> SafeString | str:
        """The lead's number, leading to its page."""
        if message.lead_id is None:
            return ""
        url = reverse("admin:leads_lead_change", args=[message.lead_id])
        return format_html('<a href="{}">{}</a>', url, _("Lead %s") % message.lead_id)

    @admin.display(description=pgettext_lazy("of a mail", "To"))
    def to(self, message: Message) -> SafeString:
        """The webhook, leading to its page."""
        url = reverse("admin:notifications_endpoint_change", args=[message.endpoint_id])
        return format_html('<a href="{}">{}</a>', url, message.endpoint.name)

    @admin.display(description=_("State"))
    def state(self, message: Message) -> SafeString:
        """What became of it, and the answer's HTTP status."""
        return format_html(
            '<span class="state {}">{}</span> {}',
            TONES[message.status],
            message.get_status_display(),
            message.answer or "",
        )

    @admin.display(description=_("Next try"))
    def next_try(self, message: Message) -> SafeString | str:
        """When it is tried again; nothing for what is settled."""
        return when(message.due_at) if message.status == Message.Status.PENDING else ""

    @admin.action(description=_("Deliver again"), permissions=["redeliver"])
    def deliver_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Owe the selected messages once more."""
        self._redeliver(request, chosen)

    def redeliver_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The button of one message's page."""
        if not (self.has_view_permission(request) and self.has_redeliver_permission(request)):
            raise PermissionDenied
        rows = Message.objects.visible_to(request.user).filter(pk=pk)
        get_object_or_404(rows)
        self._redeliver(request, rows)
        return HttpResponseRedirect(reverse("admin:notifications_message_change", args=[pk]))

    def _redeliver(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        rows = list(chosen)
        seen = Message.objects.visible_to(request.user)
        redeliver(seen.filter(pk__in=[row.pk for row in rows]), database_now())
        wake_notices()
        for row in rows:
            self.log_change(request, row, "Delivered again")
        done = ngettext(
            "%(count)s message is delivered again.",
            "%(count)s messages are delivered again.",
            len(rows),
        )
        self.message_user(request, done % {"count": len(rows)}, messages.SUCCESS)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under its plain name."""
        title = {"title": gettext("Log of outcome webhooks")}
        return super().changelist_view(request, title | (extra_context or {}))
