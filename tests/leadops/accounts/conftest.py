"""People who log in, and a clock for their codes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from tests.factories import make_user

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def phone_of(user: Any, seed: str = SEED) -> Authenticator:
    """The user's authenticator app from now on."""
    phone: Authenticator = TOTP.activate(user, seed).instance
    return phone


def code_of(phone: Authenticator | str, steps: int = 0) -> str:
    """What the phone, or one with this seed, shows now; or half minutes later."""
    seed = phone if isinstance(phone, str) else decrypt(phone.data["secret"])
    return str(format_hotp_value(hotp_value(seed, int(time.time()) // 30 + steps)))


@pytest.fixture
def boss(db: None) -> Any:
    """An administrator, no superuser."""
    return make_user("boss", role="Administrator")


@pytest.fixture
def browser_of() -> Callable[[Any], Client]:
    """A browser in which the password was right, and nothing else was asked."""

    def logged_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return logged_in
