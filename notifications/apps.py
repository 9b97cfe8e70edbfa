"""Notices as rows, mail as their delivery."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Tells people."""

    name = "notifications"
    verbose_name = "Notices"

    def ready(self) -> None:
        """Listen to what the core says."""
        from notifications import listeners, story  # noqa: F401
