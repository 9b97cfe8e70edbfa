"""Digests and weekly reports in the admin: who gets them, how one reads, and sending one now."""

from __future__ import annotations

import base64
import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.desk.kit.formatting import tick
from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.history import EnglishHistory, attribute
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.desk.kit.permissions import demand
from leads.models import Preferences
from notifications import resolution
from notifications.deliver import write
from notifications.mail.letter import Sheet
from notifications.mail.report import CHARTS
from notifications.models import Digest, Notice
from notifications.note import kind_of, note_digest
from notifications.tasks import wake_notices

ADDRESS = re.compile(r"https?://\S+")


@admin.register(Digest)
class DigestAdmin(EnglishHistory, ByOwnFilters, ModelAdmin[Digest]):
    """Who gets the figures of a day, or of a week."""

    change_list_template = "admin/leads/kit/plain_list.html"
    change_form_template = "admin/notifications/digest.html"
    list_display = ["recipient", "of", "weekday", "hour", "is_on", "sent_on"]
    list_select_related = ["site"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ["recipient", "site", "weekday", "hour", "enabled"]

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, the preview and the button that sends one now."""
        own = [
            path(
                "<int:pk>/preview/",
                self.admin_site.admin_view(self.preview),
                name="notifications_digest_preview",
            ),
            path(
                "<int:pk>/send/",
                self.admin_site.admin_view(require_POST(self.send)),
                name="notifications_digest_send",
            ),
        ]
        return [*own, *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The mail as it would leave now: its text and pictures. Nobody is sent anything."""
        demand(request, "notifications.view_digest")
        digest = get_object_or_404(Digest, pk=pk)
        about = {"kind": kind_of(digest), "recipient": digest.recipient}
        notice = Notice(**about, site=digest.site, created_at=database_now())
        resolution.look([notice])
        mail, _flaw = write([notice], 1, (), Sheet.of(Preferences.load()))
        context = self.admin_site.each_context(request) | {
            "title": mail.subject,
            "opts": self.opts,
            "digest": digest,
            # An address says nothing to a reader, and in the mail it is a link.
            "words": ADDRESS.sub("…", mail.text),
            "pictures": [
                (CHARTS[name], base64.b64encode(image).decode("ascii"))
                for name, image in mail.images
            ],
            "may_send": self.has_change_permission(request, digest),
        }
        return TemplateResponse(request, "admin/notifications/digest_preview.html", context)

    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Owe one now, beside those of its hour."""
        digest = get_object_or_404(Digest, pk=pk)
        if not self.has_change_permission(request, digest):
            raise PermissionDenied
        note_digest(digest, database_now())
        wake_notices()
        attribute(digest, request.user, "Sent one now.")
        messages.success(
            request, (_("It is on the way to %(recipient)s.") % {"recipient": digest.recipient})
        )
        return HttpResponseRedirect(reverse("admin:notifications_digest_preview", args=[pk]))

    @admin.display(description=gettext_lazy("Enabled"))
    def is_on(self, digest: Digest) -> str:
        """Whether it is sent."""
        return tick(digest.enabled)

    @admin.display(description=gettext_lazy("Of"))
    def of(self, digest: Digest) -> str:
        """The site, or all of them."""
        return str(digest.site or _("all sites"))
