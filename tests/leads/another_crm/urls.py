"""The addresses that the walk needs: the intake, the accounts and the admin."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from leadops.accounts.login.pages import account_urls
from leads.desk.help import help_page, table_page
from leads.intake.api import LeadIntake

urlpatterns = [
    path("api/v1/leads/", LeadIntake.as_view(), name="lead-intake"),
    path("help/13002/", help_page, name="help"),
    path("help/table/", table_page, name="help-table"),
    *account_urls(admin.site),
    path("admin/", admin.site.urls),
]
