"""Notices as rows, mail as their delivery."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Tells people."""

    name = "notifications"
    verbose_name = "Notices"
