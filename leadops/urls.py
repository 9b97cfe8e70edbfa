"""Every address of LeadOps."""

from django.contrib import admin
from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from leadops import health
from leads.intake.api import LeadIntake, LeadReceipt
from leads.intake.forms import FormIntake

urlpatterns = [
    path("api/v1/leads/", LeadIntake.as_view(), name="lead-intake"),
    path("api/v1/leads/<uuid:reference>/", LeadReceipt.as_view(), name="lead-receipt"),
    path("api/schema.json", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("f/<str:token>/", FormIntake.as_view(), name="form-intake"),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("healthz/delivery", health.delivery),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
]
