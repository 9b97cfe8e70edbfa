"""Sites: the list, and the page of one with its live stats, test leads, keys and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.counters.traffic_baseline import alarm_due
from leads.decisions import pause
from leads.decisions.site import ALARM, count_silence_anew
from leads.desk.kit.formatting import number, when, when_first
from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.history import attribute
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.desk.kit.pauses import paused_badge
from leads.desk.kit.permissions import demand
from leads.desk.sites import (
    connect,
    key_limits,
    live_stats,
    recognition,
    site_keys,
    test_leads,
    unknown_pages,
    unknown_posts,
)
from leads.desk.sites.sources import posts
from leads.desk.sites.sources.urls import source_urls
from leads.models import Site, SiteKey, Source


@admin.register(Site)
class SiteAdmin(ByOwnFilters, ModelAdmin[Site]):
    """Connecting a site, and its keys. A site with leads is disabled, not deleted."""

    change_list_template = "admin/leads/sites/list.html"
    change_form_template = "admin/leads/sites/page.html"
    list_display = ["name", "state", "last_lead", "leads_of_a_day", "failed", "live_keys"]
    search_fields = ["name"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["name", "destination", "enabled", "recipients"]}),
        (
            gettext_lazy("Rules"),
            {
                "fields": [
                    *("duplicate_rule", "duplicate_policy", "nameless"),
                    *("repeat_window", "quota", "country", "signed_only"),
                ]
            },
        ),
        (
            gettext_lazy("Browser forms"),
            {"fields": ["allowed_origins", "honeypot", "min_fill_seconds"]},
        ),
        (
            gettext_lazy("Mails about failed leads"),
            {"fields": ["language", "mail_details", "mail_links"]},
        ),
        (gettext_lazy("Silence"), {"fields": ["quiet_alarm", "quiet_hours"]}),
        (
            gettext_lazy("Zoho"),
            {
                "fields": ["module", "options"],
                "description": gettext_lazy("What the records of this site become."),
            },
        ),
    ]

    cards: list[Callable[[HttpRequest, Site], SafeString]] = []
    """What other apps show on the page of a site."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: leads keep their site."""
        return False

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A form that was opened before an option existed leaves it as it is."""
        formfield = super().formfield_for_choice_field(db_field, request, **kwargs)
        if db_field.name in ("nameless", "language") and formfield is not None:
            formfield.required = False
        return formfield

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, the wizard's and the buttons'."""

        def post(route: str, view: Any, name: str) -> URLPattern:
            view = self.admin_site.admin_view(require_POST(view))
            pattern: URLPattern = path(route, view, name=name)
            return pattern

        return [
            *connect.connect_urls(self.admin_site),
            *site_keys.site_key_urls(self.admin_site),
            *test_leads.test_lead_urls(self.admin_site),
            *recognition.recognition_urls(self.admin_site),
            *unknown_pages.unknown_page_urls(self.admin_site),
            *source_urls(self.admin_site),
            post("<int:pk>/resume/", self.resume, "leads_site_resume"),
            post("<int:pk>/switch/", self.switch, "leads_site_switch"),
            *super().get_urls(),
        ]

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        """With what the list shows of each."""
        live = Count("keys", filter=Q(keys__revoked_at=None), distinct=True)
        sites = super().get_queryset(request).annotate(key_count=live)
        sites = sites.annotate(source_count=Count("sources", distinct=True))
        return live_stats.with_last_lead(sites)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; what a column counts is asked for once for all its rows."""
        may_connect = request.user.has_perms(["leads.add_site", "leads.issue_sitekey"])
        extra = {
            "may_connect": may_connect,
            "title": _("Sites"),
            **unknown_posts.tried_of_late(request.user),
            **(extra_context or {}),
        }
        response = super().changelist_view(request, extra)
        if "cl" in (getattr(response, "context_data", None) or {}):
            rows = list(response.context_data["cl"].result_list)  # type: ignore[attr-defined]  # a TemplateResponse, where `cl` is in it
            of_a_day = live_stats.outcomes(
                [site.pk for site in rows], database_now() - live_stats.DAY
            )
            for site in rows:
                site.of_a_day = sum(of_a_day[site.pk].values())
            response.context_data["cl"].result_list = rows  # type: ignore[attr-defined]  # a TemplateResponse, where `cl` is in it
        return response

    @admin.display(description=gettext_lazy("State"))
    def state(self, site: Site) -> SafeString:
        """Running, disabled, paused and why, or silent since when."""
        return state_of(site)

    @admin.display(description=gettext_lazy("Last lead"))
    def last_lead(self, site: Site) -> SafeString | str:
        """When its last lead came in, test leads aside."""
        return when(site.last_lead_at) if site.last_lead_at else _("no lead yet")  # type: ignore[attr-defined]  # annotated by the list's queryset

    @admin.display(description=gettext_lazy("Leads"))
    def leads_of_a_day(self, site: Site) -> str:
        """How many came in within a day."""
        return _("%(site)s in 24 h") % {"site": number(getattr(site, "of_a_day", 0))}

    @admin.display(description=gettext_lazy("Failed"))
    def failed(self, site: Site) -> SafeString | str:
        """How many wait for a person, and the way to them."""
        count = live_stats.failed_now(site.pk)
        if count == "0":
            return _("none failed")
        table = reverse("admin:leads_failedlead_changelist")
        words = _("%(count)s failed") % {"count": count}
        return format_html('<a href="{}?site={}&amp;test=no">{}</a>', table, site.pk, words)

    @admin.display(description=gettext_lazy("Live keys"))
    def live_keys(self, site: Site) -> str:
        """How many keys are accepted, and how many form tools have an address."""
        keys, sources = site.key_count, site.source_count  # type: ignore[attr-defined]  # annotated by the list's queryset
        said = [
            ngettext("%(count)s key", "%(count)s keys", keys) % {"count": keys} if keys else "",
            ngettext("%(count)s source", "%(count)s sources", sources) % {"count": sources}
            if sources
            else "",
        ]
        return ", ".join(filter(None, said)) or _("no key")

    # --- The page of one ---

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, below how the site does, its test leads and its keys."""
        site = context.get("original")
        context |= {"public_url": settings.PUBLIC_URL, "now": database_now()}
        if site is not None:
            context |= self.site_context(request, site)
        return super().render_change_form(request, context, *args, **kwargs)

    def site_context(self, request: HttpRequest, site: Site) -> dict[str, Any]:
        """What stands above the form."""
        user, now = request.user, database_now()
        keys = list(site.keys.order_by("-pk")) if user.has_perm("leads.view_sitekey") else None
        may_issue = user.has_perm("leads.issue_sitekey")
        return {
            "state": state_of(site),
            "held": unknown_pages.card(request, site),
            "cards": [card(request, site) for card in self.cards],
            "live_stats": live_stats.live_stats_of(site, now),
            "alarm_due": alarm_due(site),
            "test_leads": test_leads.latest(request, site),
            "keys": keys,
            "sources": sources_of(request, site),
            "may_make_source": user.has_perm("leads.make_source"),
            "limits": {key.pk: key_limits.limits_of(key) for key in keys or ()},
            "live_count": sum(key.revoked_at is None for key in keys or ()),
            "changes": site_keys.changes(keys or [], now),
            _("Kind"): SiteKey.Kind,
            "ticket": site_keys.new_ticket() if may_issue else "",
            "may_issue": may_issue,
            "may_revoke": user.has_perm("leads.revoke_sitekey"),
            "may_resume": user.has_perm("leads.resume_site"),
            "may_switch": user.has_perm("leads.change_site"),
            "may_test": user.has_perm(test_leads.PERMISSION),
            "may_see_leads": user.has_perm("leads.view_lead"),
        }

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        """Write what people may edit: a pause or an alarm of this very moment is left alone."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        fields = {field.name for field in obj._meta.concrete_fields if field.editable}
        # Recognition is switched on its own page.
        fields -= {"id", "recognises"}
        if ALARM & set(form.changed_data):
            fields |= set(count_silence_anew(obj))
        obj.save(update_fields=fields)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let a paused site's leads go."""
        demand(request, "leads.resume_site")
        site = get_object_or_404(Site, pk=pk)
        with transaction.atomic():
            if pause.resume(site):
                attribute(site, request.user, "Resumed sending.")
        messages.success(request, _("The site's leads go on."))
        return HttpResponseRedirect(reverse("admin:leads_site_change", args=[pk]))

    def switch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enable or disable the site."""
        demand(request, "leads.change_site")
        site, on = get_object_or_404(Site, pk=pk), request.POST.get("to") == "on"
        with transaction.atomic():
            if pause.switch_site(site, on):
                said = "Enabled the site." if on else "Disabled the site."
                attribute(site, request.user, said)
        done = (
            _("The site may post.") if on else _("The site is answered 403 from its next post on.")
        )
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:leads_site_change", args=[pk]))


def sources_of(request: HttpRequest, site: Site) -> list[tuple[Source, posts.Figures]] | None:
    """The site's sources with their figures; None for who may not see them."""
    if not request.user.has_perm("leads.view_source"):
        return None
    return posts.listed(site.sources.all()[: posts.MOST_SOURCES])


def state_of(site: Site) -> SafeString:
    """A badge: running, disabled, paused and why, or silent since when."""
    if not site.enabled:
        return format_html('<span class="state discarded">{}</span>', _("Disabled"))
    if site.paused_at is not None:
        return paused_badge(site)
    if site.quiet_since is not None:
        return format_html(
            '<span class="state warned">{}</span> {}',
            _("Silent"),
            format_html(_("since {}"), when_first(site.quiet_since)),
        )
    return format_html('<span class="state delivered">{}</span>', _("Running"))
