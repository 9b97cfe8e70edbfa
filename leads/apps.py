"""The core: what a lead is and what happens to it."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """Knows no Zoho, speaks no HTTP to anyone."""

    name = "leads"
    verbose_name = "Leads"
