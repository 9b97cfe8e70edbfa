"""Sites and their keys. A secret is shown once, on the answer to the click that made it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from leads.desk import switches
from leads.desk.deeds import demand
from leads.models import Site, SiteKey


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):
    """Connecting a site, and its keys. A site with leads is disabled, not deleted."""

    change_list_template = "admin/leads/plain_list.html"
    change_form_template = "admin/leads/site.html"
    list_display = ["name", "state", "destination", "live_keys", "created_at"]
    list_select_related = ["destination"]
    search_fields = ["name"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fieldsets = [
        (None, {"fields": ["name", "destination", "enabled", "recipients"]}),
        ("Rules", {"fields": ["duplicate_rule", "duplicate_policy", "quota", "country"]}),
        ("Browser forms", {"fields": ["allowed_origins"]}),
        (
            "Zoho",
            {
                "fields": ["module", "options"],
                "description": "What the records of this site become.",
            },
        ),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: leads keep their site."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        """With keys, for the count of live ones."""
        return super().get_queryset(request).prefetch_related("keys")

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the buttons'."""

        def post(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(require_POST(view)), name=name)

        return [
            post("<int:pk>/issue-key/", self.issue, "leads_site_issue_key"),
            post("<int:pk>/revoke-key/<int:key_pk>/", self.revoke, "leads_site_revoke_key"),
            post("<int:pk>/resume/", self.resume, "leads_site_resume"),
            *super().get_urls(),
        ]

    def issue(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a key and show its secret, this once; nothing keeps the page."""
        demand(request, "leads.issue_sitekey")
        site = get_object_or_404(Site, pk=pk)
        kind = request.POST.get("kind", "")
        if kind not in SiteKey.Kind.values:
            kind = SiteKey.Kind.SECRET
        key, secret = SiteKey.objects.issue(site, kind, request.POST.get("label", "")[:100])
        switches.attribute(site, request.user, f"Issued key {key}.")  # type: ignore[arg-type]
        context = self.admin_site.each_context(request) | {
            "title": "New key",
            "opts": self.opts,
            "site": site,
            "key": key,
            "secret": secret,
            "public_url": settings.PUBLIC_URL,
        }
        response = TemplateResponse(request, "admin/leads/new_key.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def revoke(self, request: HttpRequest, pk: int, key_pk: int) -> HttpResponse:
        """Stop accepting a key from the next request on."""
        demand(request, "leads.revoke_sitekey")
        key = get_object_or_404(SiteKey.objects.select_related("site"), pk=key_pk, site_id=pk)
        if key.revoke():
            switches.attribute(key.site, request.user, f"Revoked key {key}.")  # type: ignore[arg-type]
            messages.success(request, f"Key {key} is revoked: the next request with it is refused.")
        return HttpResponseRedirect(reverse("admin:leads_site_change", args=[pk]) + "#keys")

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let a paused site's leads go."""
        demand(request, "leads.resume_site")
        switches.resume_site(get_object_or_404(Site, pk=pk), request.user)  # type: ignore[arg-type]
        messages.success(request, "The site's leads go on.")
        return HttpResponseRedirect(reverse("admin:leads_site_change", args=[pk]))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, and below it the keys."""
        user, site = request.user, context.get("original")
        may_view = user.has_perm("leads.view_sitekey")
        context |= {
            "now": timezone.now(),
            "keys": site.keys.order_by("-pk") if site and may_view else None,
            "Kind": SiteKey.Kind,
            "may_issue": user.has_perm("leads.issue_sitekey"),
            "may_revoke": user.has_perm("leads.revoke_sitekey"),
            "may_resume": user.has_perm("leads.resume_site"),
            "public_url": settings.PUBLIC_URL,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="State")
    def state(self, site: Site) -> SafeString:
        """Running, disabled, or paused and why."""
        if not site.enabled:
            return format_html('<span class="state discarded">{}</span>', "Disabled")
        if site.paused_at is not None:
            return format_html(
                '<span class="state failed">Paused</span> {}', site.get_pause_reason_display()
            )
        return format_html('<span class="state delivered">{}</span>', "Running")

    @admin.display(description="Live keys")
    def live_keys(self, site: Site) -> int:
        """How many keys are accepted."""
        return sum(key.revoked_at is None for key in site.keys.all())
