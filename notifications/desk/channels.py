"""Channels in the admin, and the card of a site's page that leads to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.desk.kit.formatting import when
from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.desk.kit.permissions import demand
from leads.desk.sites.pages import SiteAdmin
from leads.models import Site
from leads.models.queries.visible import is_limited
from leads.shown.sentences import shown
from notifications.desk.forms import ChannelForm
from notifications.desk.secrets import WithSecret
from notifications.models import Channel, Digest, Notice
from notifications.note import note
from notifications.tasks import wake_notices

TEST = "notifications.test_channel"


@admin.register(Channel)
class ChannelAdmin(WithSecret, ByOwnFilters, ModelAdmin[Channel]):
    """Webhooks. An address goes in and never comes out again."""

    form = ChannelForm
    change_list_template = "admin/leads/kit/plain_list.html"
    change_form_template = "admin/notifications/channel.html"
    list_display = ["name", "kind", "belongs_to", "host", "state"]
    list_select_related = ["site", "destination"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fieldsets = [
        (None, {"fields": ["name", "kind", "site", "destination", "new_address", "enabled"]}),
        (gettext_lazy("What it is told"), {"fields": ["wanted", "personal_data"]}),
    ]

    class Media:
        css = {"all": ["leadops/css/notices.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Readable whatever keys FIELD_KEYS holds."""
        return super().get_queryset(request).without_secrets()  # type: ignore[attr-defined]  # the stub knows Django's manager only

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the buttons'."""
        return [
            *self.secret_urls(),
            self.posted("<int:pk>/test/", self.test, "test"),
            self._site_test(),
            *super().get_urls(),
        ]

    def _site_test(self) -> URLPattern:
        view = self.admin_site.admin_view(require_POST(self.test_site))
        pattern: URLPattern = path("site/<int:site_pk>/test/", view, name="notifications_site_test")
        return pattern

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> list[str]:
        """The kind stays: a receiver of the one does not understand the other."""
        return ["kind"] if obj else []

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form without buttons that lead away from it."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        for name in ("site", "destination"):
            if name in form.base_fields:
                widget = form.base_fields[name].widget
                widget.can_add_related = widget.can_change_related = False
                widget.can_view_related = widget.can_delete_related = False
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A destination is of all its sites: none is offered where some are kept from the user."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "destination" and is_limited(request.user):
            field.queryset, field.required = field.queryset.none(), False
        return field

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, above it how the channel does."""
        context |= {"may_test": request.user.has_perm(TEST), "now": database_now()}
        context["show_save_and_continue"] = context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self,
        request: HttpRequest,
        obj: Channel,
        post_url_continue: str | None = None,  # noqa: ARG002 - its caller's signature
    ) -> HttpResponse:
        """A signed webhook's secret, this once; else back to where one came from."""
        if obj.secret:
            return self.show_secret(request, obj)
        messages.success(
            request,
            (_("The channel %(obj)s is there. Send a test notice to try it.") % {"obj": obj}),
        )
        return HttpResponseRedirect(home_of(obj))

    def response_change(self, request: HttpRequest, obj: Channel) -> HttpResponse:
        """Back to where one came from."""
        messages.success(request, (_("The channel %(obj)s is saved.") % {"obj": obj}))
        return HttpResponseRedirect(home_of(obj))

    def home_of(self, row: Channel) -> str:
        """The site's page, or the list where the channel is of all sites."""
        return home_of(row)

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a test notice to one channel."""
        demand(request, TEST)
        channel = get_object_or_404(Channel.objects.select_related("site", "destination"), pk=pk)
        about = {"site": channel.site, "destination": channel.destination}
        self._owe_test(request, [], [channel], about)
        return HttpResponseRedirect(reverse("admin:notifications_channel_change", args=[pk]))

    def test_site(self, request: HttpRequest, site_pk: int) -> HttpResponse:
        """Send a test notice to all recipients and channels of a site."""
        demand(request, TEST)
        site = get_object_or_404(Site, pk=site_pk)
        channels = list(channels_of(site).filter(enabled=True))
        self._owe_test(request, site.recipient_list, channels, {"site": site})
        return HttpResponseRedirect(reverse("admin:leads_site_change", args=[site.pk]) + "#notices")

    def _owe_test(
        self, request: HttpRequest, people: list[str], channels: list[Channel], about: Any
    ) -> None:
        kind, now = Notice.Kind.TEST, database_now()
        owed = note(kind, people, channels, now, resent=True, **about)
        wake_notices()
        if not owed:
            words = _("Nobody is told: add a recipient or a channel first.")
            messages.warning(request, words)
            return
        where = f"{reverse('admin:notifications_notice_changelist')}?kind={kind}"
        words = ngettext(
            '%(count)s test notice is on the way. <a href="{}">See what became of it</a>.',
            '%(count)s test notices are on the way. <a href="{}">See what became of it</a>.',
            len(owed),
        ) % {"count": len(owed)}
        messages.success(request, format_html(words, where))

    @admin.display(description=gettext_lazy("Of"))
    def belongs_to(self, channel: Channel) -> str:
        """The site, or all sites of a destination."""
        return (
            str(channel.site)
            if channel.site
            else (_("all sites of %(destination)s") % {"destination": channel.destination})
        )

    @admin.display(description=gettext_lazy("State"))
    def state(self, channel: Channel) -> SafeString:
        """Whether it works."""
        return channel_state(channel)


def channel_state(channel: Channel) -> SafeString:
    """On, off, or failing and why; and when it last worked."""
    if not channel.enabled:
        return format_html(
            '<span class="state discarded">{}</span> {}', _("Off"), shown(channel.error)
        )
    if channel.error:
        return format_html(
            '<span class="state failed">{}</span> {} ({})',
            _("Failing"),
            shown(channel.error),
            when(channel.tried_at),
        )
    if channel.worked_at:
        return format_html(
            '<span class="state delivered">{}</span> {}', _("Works"), when(channel.worked_at)
        )
    return format_html('<span class="state queued">{}</span>', _("Not tried yet"))


def channels_of(site: Site) -> Any:
    """The channels that are told of a site: its own, and those of all sites."""
    about = Q(site=site) | Q(destination=site.destination_id)
    return Channel.objects.filter(about).without_secrets().select_related("destination")


def home_of(channel: Channel) -> str:
    """The site's page, or the list where the channel is of all sites."""
    if channel.site_id is None:
        return reverse("admin:notifications_channel_changelist")
    return reverse("admin:leads_site_change", args=[channel.site_id]) + "#notices"


def site_card(request: HttpRequest, site: Site) -> SafeString:
    """Who is told of a site, and how that goes."""
    user = request.user
    if not user.has_perm("notifications.view_channel"):
        return SafeString("")
    context = {
        "site": site,
        "channels": [
            (channel, channel_state(channel)) for channel in channels_of(site).visible_to(user)
        ],
        "digests": Digest.objects.filter(Q(site=site) | Q(site=None))
        .visible_to(user)
        .order_by("hour", "pk"),
        "may_test": user.has_perm(TEST),
        "may_add": user.has_perm("notifications.add_channel"),
        "may_add_digest": user.has_perm("notifications.add_digest"),
        "may_view_notices": user.has_perm("notifications.view_notice"),
    }
    return render_to_string("admin/notifications/site_card.html", context, request)


SiteAdmin.cards.append(site_card)
