"""A mail server for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.urls import clear_url_caches
from pytest_django import Settings

from leads.models import FailedLead
from tests.notifications.mailserver import Inbox, listening
from tests.postgres import free_port


@pytest.fixture
def smtp_port(settings: Settings) -> int:
    """The port that LeadOps sends mail to; nobody listens there yet."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port = free_port()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 2
    return port


@pytest.fixture
def inbox(smtp_port: int) -> Iterator[Inbox]:
    """What a running mail server receives."""
    inbox = Inbox()
    with listening(inbox, smtp_port):
        yield inbox


if not admin.site.is_registered(FailedLead):  # pragma: no cover - until the desk registers it
    admin.site.register(FailedLead)
    clear_url_caches()
