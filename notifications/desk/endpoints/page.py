"""The page of an outcome webhook: how it does, its settings, and the last of what it was sent."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.clock import database_now
from leads.desk.kit.formatting import number, when
from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.history import attribute
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.desk.kit.lists.paging import SiteFilter, capped_count, shown_count
from leads.desk.kit.permissions import demand
from leads.shown.sentences import shown
from notifications.desk.forms import EndpointForm
from notifications.desk.secrets import WithSecret
from notifications.models import Endpoint, Message
from notifications.outcomes import switch
from notifications.outcomes.write import write_test
from notifications.tasks import wake_notices

TEST, REDELIVER = "notifications.test_endpoint", "notifications.redeliver_message"
TONES = {"pending": "queued", "sent": "delivered", "failed": "failed"}
LAST = 20
"""Messages on the page; the log holds the others."""


@admin.register(Endpoint)
class EndpointAdmin(WithSecret, ByOwnFilters, ModelAdmin[Endpoint]):
    """Outcome webhooks. An address goes in and never comes out again."""

    form = EndpointForm
    change_list_template = "admin/notifications/endpoints/list.html"
    change_form_template = "admin/notifications/endpoints/page.html"
    list_display = ["name", "site", "host", "stands"]
    list_select_related = ["site"]
    list_filter = [SiteFilter]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = None
    fieldsets = [
        (None, {"fields": ["name", "site", "new_address"]}),
        (gettext_lazy("What it is told"), {"fields": ["wanted", "personal_data"]}),
    ]

    class Media:
        css = {"all": ["leadops/css/notices.css"]}

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Not in the menu: it is reached from its site."""
        return {}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Readable whatever keys FIELD_KEYS holds."""
        return super().get_queryset(request).without_secrets()  # type: ignore[attr-defined]  # the stub knows Django's manager only

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the buttons'."""
        return [
            *self.secret_urls(),
            self.posted("<int:pk>/test/", self.test, "test"),
            self.posted("<int:pk>/switch/", self.switch, "switch"),
            self.posted("<int:pk>/redeliver/", self.redeliver, "redeliver"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Endpoint | None = None) -> list[str]:
        """The site stays: what was written down is of its leads."""
        return ["site"] if obj else []

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form without buttons that lead away from it."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        if "site" in form.base_fields:
            widget = form.base_fields["site"].widget
            widget.can_add_related = widget.can_change_related = False
            widget.can_view_related = widget.can_delete_related = False
        return form

    def home_of(self, row: Any) -> str:
        """Its own page, from where it can be tried."""
        return self.page_of(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, above it how the webhook does, below it what it was sent."""
        endpoint = context.get("original")
        context |= {"now": database_now(), "may_test": request.user.has_perm(TEST)}
        context["show_save_and_continue"] = context["show_save_and_add_another"] = False
        if endpoint is not None:
            context |= about(endpoint, request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self,
        request: HttpRequest,
        obj: Endpoint,
        post_url_continue: str | None = None,  # noqa: ARG002 - its caller's signature
    ) -> HttpResponse:
        """The secret, this once."""
        return self.show_secret(request, obj)

    def response_change(self, request: HttpRequest, obj: Endpoint) -> HttpResponse:
        """Back to where one came from."""
        messages.success(request, _("The webhook %(obj)s is saved.") % {"obj": obj})
        return HttpResponseRedirect(site_of(obj))

    def response_delete(
        self,
        request: HttpRequest,
        obj_display: str,
        obj_id: int,  # noqa: ARG002 - its caller's signature
    ) -> HttpResponse:
        """Back to the sites: its own is known no more."""
        messages.success(request, _("The webhook %(obj)s is deleted.") % {"obj": obj_display})
        return HttpResponseRedirect(reverse("admin:leads_site_changelist"))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Itself; its log goes along and may have a million rows, which are not listed."""
        if not all(self.has_delete_permission(request, one) for one in objs):
            raise PermissionDenied
        return [str(one) for one in objs], {}, set(), []

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a test event."""
        demand(request, TEST)
        endpoint = self._row(request, pk)
        write_test(endpoint, database_now())
        wake_notices()
        messages.success(
            request, _("A test event is on the way. What became of it stands below in a moment.")
        )
        return HttpResponseRedirect(self.page_of(endpoint))

    def switch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pause it, or let it go on."""
        endpoint = self._row(request, pk)
        if not self.has_change_permission(request, endpoint):
            raise PermissionDenied
        on = request.POST.get("to") == "on"
        if switch.switch(endpoint, on, database_now()):
            attribute(endpoint, request.user, "Switched on." if on else "Paused.")
            wake_notices()
        done = _("It is told again.") if on else _("Paused: what happens to leads waits for it.")
        messages.success(request, done)
        return HttpResponseRedirect(self.page_of(endpoint))

    def redeliver(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Deliver all that failed again."""
        demand(request, REDELIVER)
        endpoint = self._row(request, pk)
        count = switch.redeliver_failed(endpoint, database_now())
        attribute(endpoint, request.user, f"Had {count} failed messages delivered again.")
        wake_notices()
        said = ngettext(
            "%(count)s message is delivered again.",
            "%(count)s messages are delivered again.",
            count,
        )
        messages.success(request, said % {"count": number(count)})
        return HttpResponseRedirect(self.page_of(endpoint))

    def _row(self, request: HttpRequest, pk: int) -> Endpoint:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Endpoint.objects.visible_to(request.user).without_secrets(), pk=pk)

    @admin.display(description=gettext_lazy("State"))
    def stands(self, endpoint: Endpoint) -> SafeString:
        """Whether it works."""
        return endpoint_state(endpoint)


def about(endpoint: Endpoint, user: Any) -> dict[str, Any]:
    """What stands around the form."""
    may_see = user.has_perm("notifications.view_message")
    rows = endpoint.messages.select_related("lead").defer("lead__body", "lead__data")
    counts = {
        status: shown_count(capped_count(endpoint.messages.filter(status=status)))
        for status in Message.Status.values
    }
    last = [(row, TONES[row.status]) for row in rows.order_by("-pk")[:LAST]]
    return {
        "standing": endpoint_state(endpoint),
        "counts": counts if may_see else None,
        "last": last if may_see else None,
        "may_redeliver": user.has_perm(REDELIVER) and counts[Message.Status.FAILED] != "0",
        "site_url": site_of(endpoint),
    }


def endpoint_state(endpoint: Endpoint) -> SafeString:
    """On, paused, off, or failing and why; and when it last worked."""
    if endpoint.state != Endpoint.State.ON:
        tone = "discarded" if endpoint.state == Endpoint.State.OFF else "warned"
        words = endpoint.get_state_display()
        return format_html(
            '<span class="state {}">{}</span> {}', tone, words, shown(endpoint.error)
        )
    if endpoint.error:
        return format_html(
            '<span class="state failed">{}</span> {} ({})',
            _("Failing"),
            shown(endpoint.error),
            when(endpoint.tried_at),
        )
    if endpoint.worked_at:
        return format_html(
            '<span class="state delivered">{}</span> {}', _("Works"), when(endpoint.worked_at)
        )
    return format_html('<span class="state queued">{}</span>', _("Not tried yet"))


def site_of(endpoint: Endpoint) -> str:
    """Where it stands on its site's page."""
    return reverse("admin:leads_site_change", args=[endpoint.site_id]) + "#outcomes"
