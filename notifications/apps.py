"""Notices as rows, mail as their delivery."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Tells people."""

    name = "notifications"
    verbose_name = _("Notices")

    def ready(self) -> None:
        """Listen to what the core says."""
        from notifications import listeners, story  # noqa: F401
        from notifications.outcomes import write  # noqa: F401
