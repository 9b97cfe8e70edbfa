"""System checks: settings that contradict each other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from leads.delivery.drain import READY_SHARE
from leads.delivery.finish import PATIENCE
from notifications.mail.smtp import REPLIES

NESTED = ("SEND_TIMEOUT", "DRAIN_TIMEOUT", "QUEUE_TIMEOUT", "LEASE_SECONDS", "QUEUE_RETRY")


@register()
def deadlines_nest(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each deadline ends before the next one begins to matter."""
    return [
        Error(
            f"{inner} ({getattr(settings, inner)} s) must be shorter than "
            f"{outer} ({getattr(settings, outer)} s).",
            hint="Otherwise a lead can be sent by two workers at once.",
            id="leadops.E001",
        )
        for inner, outer in pairwise(NESTED)
        if getattr(settings, inner) >= getattr(settings, outer)
    ]


@register()
def a_send_fits_into_a_drain(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A drain has time for at least one call and for writing down what it came to."""
    needed = settings.SEND_TIMEOUT * (1 + READY_SHARE) + PATIENCE
    if needed < settings.DRAIN_TIMEOUT:
        return []
    return [
        Error(
            f"DRAIN_TIMEOUT ({settings.DRAIN_TIMEOUT} s) must be longer than {needed:g} s: "
            f"SEND_TIMEOUT, a tenth of it to get ready, and {PATIENCE} s to write the outcome "
            "down.",
            hint="Otherwise no lead is ever sent.",
            id="leadops.E003",
        )
    ]


@register()
def a_mail_fits_into_a_round(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A round of the sender has time for at least one slow mail."""
    needed = REPLIES * settings.EMAIL_TIMEOUT
    if needed < settings.DRAIN_TIMEOUT:
        return []
    return [
        Error(
            f"DRAIN_TIMEOUT ({settings.DRAIN_TIMEOUT} s) must be longer than {needed} s: "
            f"the mail server answers {REPLIES} times, EMAIL_TIMEOUT each.",
            hint="Otherwise no mail is ever sent.",
            id="leadops.E004",
        )
    ]


@register(Tags.security, deploy=True)
def field_keys_are_their_own(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Zoho's secrets are locked with keys of their own."""
    if not settings.FIELD_KEYS_DERIVED:
        return []
    return [
        Error(
            "FIELD_KEYS is not set: Zoho's secrets are locked with a key made from SECRET_KEY.",
            hint="Rotating SECRET_KEY would lose them. Set FIELD_KEYS to a Fernet key.",
            id="leadops.E002",
        )
    ]
