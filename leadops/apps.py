"""The project's own app: wiring, the admin site and its checks."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class LeadOpsAdmin(AdminConfig):
    """Django's admin with our index and header."""

    default_site = "leadops.admin.LeadOpsAdminSite"


class LeadOpsConfig(AppConfig):
    """Wiring only."""

    name = "leadops"

    def ready(self) -> None:
        """Register the system checks."""
        from leadops.checks import pooler, production, timings  # noqa: F401
