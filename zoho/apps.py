"""One CRM behind leads.delivery.gateway."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ZohoConfig(AppConfig):
    """Zoho CRM."""

    name = "zoho"
    verbose_name = "Zoho"

    def ready(self) -> None:
        """Make the first destination once the tables are there."""
        from zoho.connect import seed_after_migrate

        post_migrate.connect(seed_after_migrate, sender=self)
