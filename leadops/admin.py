"""The admin site: Django's own, with our name, our front page and our order of things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from leadops.accounts.evidence.recorded import password_changed
from leadops.accounts.login.forms import OwnPassword
from leadops.accounts.login.pages import log_in
from leadops.accounts.login.session_pages import session_urls
from leadops.preferences import languages, time_zones
from leads.clock import database_now
from leads.desk.dashboard.page import dashboard_context, dashboard_stats, failed_count
from leads.desk.dashboard.service_level import service_level
from leads.desk.dashboard.tables import download
from leads.desk.find import find_urls, found_by
from leads.desk.kit.formatting import number
from leads.desk.kit.limits import behind_the_door
from leads.desk.sales.google_ads import google_ads
from leads.desk.sales.page import download as sales_download
from leads.desk.sales.page import sales_page

# What staff use every day comes first, whatever application it belongs to.
SECTIONS = {
    _("Desk"): [
        *("FailedLead", "BulkRetry", "Lead", "ApiLog", "ApiCall"),
        *("RejectedSubmission", "Reconciliation", "Repair", "Notice"),
    ],
    _("Set-up"): ["Site", "Destination", "Channel", "Digest", "Wallboard", "Preferences"],
    _("People"): [
        *("User", "Group", "ApiToken", "IdentityProvider"),
        *("AuditEntry", "SecurityEvent", "PolicyReport"),
    ],
}


NO_PAGES = {"django_q", "account", "mfa", "socialaccount", "usersessions"}


class LeadOpsAdminSite(AdminSite):
    """Django's admin site under our name."""

    site_header = site_title = "LeadOps"
    index_title = _("Dashboard")
    index_template = "admin/leads/dashboard/page.html"
    login_form = AdminAuthenticationForm
    enable_nav_sidebar = False  # we draw our own, in sections

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Register models, except those whose pages would go around ours.

        The queue's can run any task again; those of the second factor show its secrets.
        """
        given = model_or_iterable
        models = list(given) if isinstance(given, list | tuple | set) else [given]
        ours = [model for model in models if model._meta.app_label not in NO_PAGES]
        if ours:
            super().register(ours, *args, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Behind the login, and then behind the door that is shut for rows of other sites."""
        return super().admin_view(behind_the_door(view), cacheable)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Django's addresses, live figures, time zone, language, the search and the sessions."""
        own = [
            path("stats.json", self.admin_view(dashboard_stats), name="stats"),
            path("dashboard.csv", self.admin_view(download), name="dashboard-csv"),
            path("sales/", self.admin_view(sales_page), name="sales"),
            path("sales.csv", self.admin_view(sales_download), name="sales-csv"),
            path(
                "google-ads.csv", self.admin_view(require_POST(google_ads)), name="google-ads-csv"
            ),
            path("service-level/", self.admin_view(service_level), name="service-level"),
            path("zone/", self.admin_view(require_POST(time_zones.choose)), name="zone"),
            path("language/", self.admin_view(require_POST(languages.choose)), name="language"),
            *find_urls(self),
            *session_urls(self),
        ]
        return [*own, *super().get_urls()]

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's log-in, after which allauth asks for the second factor."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        wanted = REDIRECT_FIELD_NAME in request.GET or REDIRECT_FIELD_NAME in request.POST
        context = {} if wanted else {REDIRECT_FIELD_NAME: reverse("admin:index")}
        answer = log_in(self, request, context | (extra_context or {}))
        return cast("HttpResponse", answer)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The dashboard, for those who may see figures; a greeting for others."""
        # Not Django's, which would list all models once more than `each_context` has.
        context = self.each_context(request) | {"title": self.index_title, "subtitle": None}
        if shown := dashboard_context(request, database_now()):
            # The menu's count is on the page already, read at the same instant.
            context |= shown | {"failed_count": shown["board"]["shown"]["failed"]}
        request.current_app = self.name
        return TemplateResponse(request, self.index_template, context | (extra_context or {}))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Somebody's own password; that it was changed is a security event."""
        page = PasswordChangeView.as_view(
            form_class=OwnPassword,
            success_url=reverse("admin:password_change_done"),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        answer = page(request)
        password_changed(request, answer)
        return cast("TemplateResponse", answer)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page needs: the sections, the search, and how many leads have failed."""
        context = super().each_context(request)
        context["sections"] = in_sections(context["available_apps"])
        context["failed_count"] = failed_count_for(request)
        context["find_by"] = found_by(request.user)
        context["zones"] = time_zones.choices()
        context |= languages.for_page()
        context["home_path"] = reverse("admin:index")
        context["version"] = settings.VERSION
        return context


def in_sections(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The models that a user may see, in our sections; what belongs to none comes last."""
    models = {model["object_name"]: model for app in apps for model in app["models"]}
    sections = [
        {"name": name, "models": [models.pop(known) for known in names if known in models]}
        for name, names in SECTIONS.items()
    ]
    return [
        part
        for part in [*sections, {"name": _("More"), "models": [*models.values()]}]
        if part["models"]
    ]


def failed_count_for(request: HttpRequest) -> Callable[[], str]:
    """How many leads have failed, as the dashboard says it; counted only where a page prints it."""

    def count() -> str:
        if not request.user.has_perm("leads.view_failedlead"):
            return ""
        return number(failed_count(request.user))

    return count
