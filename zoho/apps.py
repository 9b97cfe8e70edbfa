"""One CRM behind leads.delivery.gateway."""

from django.apps import AppConfig


class ZohoConfig(AppConfig):
    """Zoho CRM."""

    name = "zoho"
    verbose_name = "Zoho"
