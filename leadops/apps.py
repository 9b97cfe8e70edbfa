"""The project's own app: wiring, the admin site and its checks."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class LeadOpsAdmin(SimpleAdminConfig):
    """Django's admin with our index and header."""

    default_site = "leadops.admin.LeadOpsAdminSite"

    def ready(self) -> None:
        """Have every app bring its pages, where there are any; elsewhere `leadops.urls` does once
        an address is asked for. They are a quarter of a start.
        """
        from django.contrib.admin import autodiscover

        from leadops.operations.starting import has_pages

        super().ready()
        if has_pages():
            autodiscover()


class LeadOpsConfig(AppConfig):
    """Wiring only."""

    name = "leadops"

    def ready(self) -> None:
        """Register the system checks, and have the models' names translated."""
        from django.apps import apps

        from leadops.checks import pooler, production, timings  # noqa: F401
        from leadops.observe.begin import begin_observing
        from leadops.operations import starting
        from leadops.preferences.languages import name_in_every_language

        # Another CRM may stand where `zoho` does.
        ours = {"leads", "zoho", "notifications", "accounts"}
        begin_observing()
        name_in_every_language(one for one in apps.get_app_configs() if one.label in ours)
        starting.is_over()
