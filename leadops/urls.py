"""Every address of LeadOps."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularJSONAPIView

from leadops import health
from leadops.accounts.login.pages import account_urls
from leadops.accounts.policy_reports import PolicyReports
from leadops.accounts.sso.pages import sign_in_urls
from leadops.api.urls import ops_urls
from leadops.observe.metrics import metrics
from leadops.operations.seen import seen
from leadops.security_txt import security_txt
from leads.desk.dashboard.board_page import wallboard_page
from leads.desk.demo import demo_page, demo_status
from leads.desk.help import help_page, help_stats, table_page
from leads.intake.api import Elsewhere, LeadIntake, api_docs
from leads.intake.forms import FormIntake, FormStart
from leads.intake.receipt.api import LeadReceipt
from leads.intake.tryout.api import DryRunIntake, TestLeadIntake
from leads.intake.webhook import WebhookIntake
from notifications.link_pages.urls import act_urls
from zoho.desk.connect import callback


class Favicon(RedirectView):
    """Browsers ask for it unbidden; its address changes with its content."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        """The sign of LeadOps."""
        return static("leadops/favicon.svg")


admin.autodiscover()  # not yet done by a worker: see leadops.apps

INTAKE = [
    path("api/v1/leads/", LeadIntake.as_view(), name="lead-intake"),
    path("api/v1/leads/dry-run/", DryRunIntake.as_view(), name="lead-dry-run"),
    path("api/v1/leads/test/", TestLeadIntake.as_view(), name="lead-test"),
    path("api/v1/leads/<str:reference>/", LeadReceipt.as_view(), name="lead-receipt"),
]
"""What sites speak; its schema is another one than that of the operations."""
urlpatterns = [
    *INTAKE,
    # A redirect would turn a POST into a GET, and lose the lead.
    path("api/v1/leads", LeadIntake.as_view(schema=None)),
    path("api/v1/leads/dry-run", DryRunIntake.as_view(schema=None)),
    path("api/v1/leads/test", TestLeadIntake.as_view(schema=None)),
    path("api/v1/leads/<str:reference>", LeadReceipt.as_view(schema=None)),
    path("api/v1/", Elsewhere.as_view()),
    path("api/v1/<path:elsewhere>", Elsewhere.as_view()),
    *ops_urls,
    path("api/docs/", api_docs, name="api-docs"),
    path("api/schema.json", SpectacularJSONAPIView.as_view(patterns=INTAKE), name="api-schema"),
    path("f/<str:token>/", FormIntake.as_view(), name="form-intake"),
    path("f/<str:token>", FormIntake.as_view()),
    path("f/<str:token>/started/", FormStart.as_view(), name="form-start"),
    path("in/<str:secret>/", WebhookIntake.as_view(), name="webhook-intake"),
    path("in/<str:secret>", WebhookIntake.as_view()),
    path("act/board/<str:secret>/", wallboard_page, name="wallboard"),
    *act_urls,
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("healthz/delivery", health.delivery),
    path("healthz/seen", seen),
    path("metrics", metrics),
    path("help/13002/", help_page, name="help"),
    path("help/table/", table_page, name="help-table"),
    path("help/13002/stats.json", help_stats, name="help-stats"),
    path(".well-known/security.txt", security_txt, name="security-txt"),
    path("policy-reports/", PolicyReports.as_view(), name="policy-reports"),
    path("demo/", demo_page, name="demo"),
    path("demo/status/<uuid:reference>/", demo_status, name="demo-status"),
    path("favicon.ico", Favicon.as_view()),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/zoho/callback/", admin.site.admin_view(callback), name="zoho-callback"),
    *account_urls(admin.site),
    *sign_in_urls(admin.site),
    path("admin/", admin.site.urls),
]
