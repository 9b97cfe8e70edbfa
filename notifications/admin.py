"""Notices in the admin: what was told to whom, how it reads, and telling it again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.desk import masking
from notifications.deliver import write
from notifications.models import Notice
from notifications.tasks import ring_notices


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin):
    """A list to read. Rows are written by the core and settled by the sender."""

    list_display = [
        "id",
        "kind",
        "recipient",
        "site",
        "lead_link",
        "status",
        "created_at",
        "sent_at",
        "tries",
        "error",
    ]
    # Both have choices, so neither asks the table which values there are.
    list_filter = ["kind", "status"]
    # By name: left to itself the list follows no key that may be null.
    list_select_related = ["site"]
    ordering = ["-id"]
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ["send_again"]
    change_form_template = "notifications/notice_change.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes notices by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """Nobody edits what was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """Nobody removes the evidence."""
        return False

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """A right of its own: it mails people."""
        return request.user.has_perm("notifications.resend_notice")

    def get_urls(self) -> list[URLPattern]:
        """The admin's own addresses and the one of the button."""
        resend = self.admin_site.admin_view(self.resend_view)
        name = "notifications_notice_resend"
        return [path("<int:pk>/resend/", resend, name=name), *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Notice | None = None) -> list[Any]:
        """The columns and, for those who may see personal data, the mail."""
        facts = ["kind", "recipient", "site", "lead_link", "reason", "count"]
        delivery = ["status", "created_at", "sent_at", "due_at", "tries", "error"]
        columns = [*facts, *delivery]
        return ["mail", *columns] if masking.may_see(request.user) else columns

    def get_readonly_fields(self, request: HttpRequest, obj: Notice | None = None) -> list[Any]:
        """All of them."""
        return self.get_fields(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one notice, with its button."""
        extra = dict(extra_context or {})
        if object_id and object_id.isdigit() and self.has_resend_permission(request):
            extra["resend_url"] = reverse("admin:notifications_notice_resend", args=[object_id])
        return super().changeform_view(request, object_id, form_url, extra)

    @admin.display(description=_("lead"), ordering="lead_id")
    def lead_link(self, notice: Notice) -> str:
        """The lead's number, leading to its page."""
        if notice.lead_id is None:
            return "–"
        url = reverse("admin:leads_failedlead_change", args=[notice.lead_id])
        return format_html('<a href="{}">{}</a>', url, notice.lead_id)

    @admin.display(description=_("mail"))
    def mail(self, notice: Notice) -> str:
        """The mail as it reads today, written afresh from the rows."""
        mail, _flaw = write([Notice.objects.for_mail().get(pk=notice.pk)], 1)
        return format_html(
            '<div class="mail"><p><strong>{}</strong></p><pre tabindex="0">{}</pre></div>',
            mail.subject,
            mail.text,
        )

    @admin.action(description=_("Send again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        """Owe the selected notices once more."""
        self._send_again(request, notices)

    @method_decorator(require_POST)
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
        ring_notices()
        for notice in chosen:
            self.log_change(request, notice, str(_("Sent again")))
        done = ngettext("%d notice is sent again.", "%d notices are sent again.", count) % count
        self.message_user(request, done, messages.SUCCESS)
