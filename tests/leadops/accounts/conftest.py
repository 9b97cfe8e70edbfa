"""People who log in, and a clock for their codes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.factories import make_user


def code_of(device: TOTPDevice) -> str:
    """What the phone shows now."""
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    clock.time = time.time()
    return f"{clock.token():06d}"


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
