"""Notices in the admin: what was told to whom, how it reads, and telling it again."""

from __future__ import annotations

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
from leads.desk.kit.lists.paging import Choice, ReadOnly, SiteFilter
from notifications.desk.preview import preview
from notifications.models import Notice
from notifications.tasks import wake_notices

TONES = {"pending": "queued", "sent": "delivered", "failed": "failed", "dropped": "discarded"}


class Chosen(Choice):
    """By a column whose values are a closed list: the table is not asked."""

    parameter_name: str
    choices_of: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every value."""
        return list(self.choices_of.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows with the chosen value."""
        chosen = self.value()
        return queryset.filter(**{self.parameter_name: chosen}) if chosen else queryset


class KindFilter(Chosen):
    """By what it says."""

    title, parameter_name, choices_of = _("kind"), "kind", Notice.Kind


class ViaFilter(Chosen):
    """By how it travels."""

    title, parameter_name, choices_of = _("channel"), "via", Notice.Via


class StatusFilter(Chosen):
    """By what became of it."""

    title, parameter_name, choices_of = _("state"), "status", Notice.Status


@admin.register(Notice)
class NoticeAdmin(EnglishHistory, ReadOnly):
    """A list to read. Rows are written by the core and settled by the sender."""

    change_list_template = "admin/notifications/notice_list.html"
    page_template = "admin/notifications/notice.html"
    list_display = ["number", "kind", "whom", "about", "state", "tries", "created", "error"]
    list_filter = [KindFilter, ViaFilter, StatusFilter, SiteFilter]
    search_fields = ["recipient"]
    search_help_text = _("Recipient, or a lead's number")
    list_select_related = ["site", "destination"]
    empty_value_display = ""
    ordering = ["-id"]
    sortable_by = ()
    actions = ["send_again"]

    class Media:
        css = {"all": ["leadops/css/notices.css"]}

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """A right of its own: it mails people."""
        return request.user.has_perm("notifications.resend_notice")

    def get_urls(self) -> list[URLPattern]:
        """The admin's own addresses and the one of the button."""
        resend = self.admin_site.admin_view(require_POST(self.resend_view))
        name = "notifications_notice_resend"
        return [path("<int:pk>/resend/", resend, name=name), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Those to one address, or about one lead."""
        if not search_term:
            return queryset, False
        if search_term.isdecimal() and len(search_term) <= 18:
            return queryset.filter(lead=int(search_term)), False
        return queryset.filter(recipient=search_term.strip()), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under its plain name."""
        return super().changelist_view(
            request, {"title": gettext("Notices")} | (extra_context or {})
        )

    def row_context(self, request: HttpRequest, row: Notice) -> dict[str, Any]:
        """What became of it, and what it says."""
        return {
            "notice": row,
            "tone": TONES[row.status],
            "preview": preview(row) if masking.may_see(request.user) else None,
            "may_resend": self.has_resend_permission(request),
        }

    @admin.display(description=_("ID"), ordering="pk")
    def number(self, notice: Notice) -> str:
        """The row's id."""
        return str(notice.pk)

    @admin.display(description=pgettext_lazy("of a mail", "To"))
    def whom(self, notice: Notice) -> SafeString:
        """The address and how it goes there."""
        return format_html(
            '<span class="line">{}</span><span class="line site">{}</span>',
            notice.recipient,
            notice.get_via_display(),
        )

    @admin.display(description=_("About"))
    def about(self, notice: Notice) -> SafeString | str:
        """The lead's number, leading to its page; else the site or the destination."""
        where = str(notice.site or notice.destination or "—")
        if notice.lead_id is None:
            return where
        url = reverse("admin:leads_failedlead_change", args=[notice.lead_id])
        return format_html(
            '<a href="{}">{}</a> <span class="line site">{}</span>',
            url,
            _("Lead %s") % notice.lead_id,
            where,
        )

    @admin.display(description=_("State"))
    def state(self, notice: Notice) -> SafeString:
        """What became of it."""
        tone, words = TONES[notice.status], notice.get_status_display()
        return format_html('<span class="state {}">{}</span>', tone, words)

    @admin.display(description=_("Created"))
    def created(self, notice: Notice) -> SafeString | str:
        """When it was noted."""
        return when(notice.created_at)

    @admin.action(description=_("Send again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        """Owe the selected notices once more."""
        self._send_again(request, notices)

    def resend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The button of one notice's page."""
        if not (self.has_view_permission(request) and self.has_resend_permission(request)):
            raise PermissionDenied
        get_object_or_404(Notice, pk=pk)
        self._send_again(request, Notice.objects.filter(pk=pk))
        return HttpResponseRedirect(reverse("admin:notifications_notice_change", args=[pk]))

    def _send_again(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        chosen = list(notices)
        owed = Notice.objects.filter(pk__in=[notice.pk for notice in chosen])
        count = owed.send_again(database_now())
        wake_notices()
        for notice in chosen:
            self.log_change(request, notice, "Sent again")
        done = ngettext(
            "%(count)s notice is sent again.", "%(count)s notices are sent again.", count
        )
        self.message_user(request, done % {"count": count}, messages.SUCCESS)
