"""The second factor: who needs one, getting one, showing it, and the codes for a lost phone."""

from __future__ import annotations

import time
from base64 import b32encode
from collections.abc import Iterable
from math import ceil
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django_otp import verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from leadops.accounts.evidence.record import Kind, record
from leads.roles import is_administrator

RECOVERY_CODES = 10
LONGEST_CODE = 16


class Required(models.TextChoices):
    """Who must have a second factor: the values of REQUIRE_SECOND_FACTOR."""

    OFF = "off"
    ADMINISTRATORS = "administrators"
    EVERYONE = "everyone"


class Owed(models.TextChoices):
    """What a session owes before it may do anything."""

    NOTHING = ""
    CODE = "code"
    ENROLMENT = "enrolment"


def is_required(user: Any) -> bool:
    """Whether the user must have a second factor."""
    match settings.REQUIRE_SECOND_FACTOR:
        case Required.EVERYONE:
            return True
        case Required.ADMINISTRATORS:
            return is_administrator(user)
        case _:
            return False


def has_one(user: Any) -> bool:
    """Whether the user has enrolled."""
    return bool(TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists())


def owed(user: Any) -> Owed:
    """What the session of a user owes. Who has enrolled shows the code, required or not."""
    if not (user.is_authenticated and user.is_staff) or user.is_verified():
        return Owed.NOTHING
    if has_one(user):
        return Owed.CODE
    return Owed.ENROLMENT if is_required(user) else Owed.NOTHING


def new_key() -> str:
    """A secret for an authenticator app, in hex."""
    return str(random_hex(20))


def readable(key: str) -> str:
    """The secret as an app takes it by hand: base32 in groups of four."""
    text = b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(user: Any, key: str) -> str:
    """The secret as the QR code holds it."""
    return str(TOTPDevice(user=user, key=key).config_url)


@transaction.atomic
def enrol(user: Any, key: str, code: str) -> TOTPDevice | None:
    """The user's second factor from now on; None when the code does not fit the secret."""
    clock = TOTP(bytes.fromhex(key))
    clock.time = time.time()
    if not code.isdecimal() or not clock.verify(int(code), tolerance=1):
        return None
    remove(user)
    record(Kind.FACTOR, account=user, about="An authenticator app was set up", method="session")
    return TOTPDevice.objects.create(
        user=user, name="Authenticator app", key=key, drift=clock.drift, last_t=clock.t()
    )


@transaction.atomic
def new_recovery_codes(user: Any) -> list[str]:
    """Ten codes, each good for one login without the phone. They replace the earlier ones."""
    StaticDevice.objects.filter(user=user).delete()
    record(Kind.FACTOR, account=user, about="New recovery codes were made", method="session")
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def codes_left(user: Any) -> int:
    """How many recovery codes have not been used."""
    return int(StaticToken.objects.filter(device__user=user).count())


def show(user: Any, code: str) -> Any:
    """The device that a code belongs to; None when it fits none or was tried too often.

    Six digits are from the app, all else is a recovery code: a wrong one of one kind does not
    slow the other down.
    """
    code = "".join(code.split()).lower()[:LONGEST_CODE]
    for device in _devices(user, code):
        if verify_token(user, device.persistent_id, code):
            return device
    record(Kind.CODE_FAILED, account=user, method="totp" if code.isdecimal() else "recovery_codes")
    return None


def seconds_to_wait(user: Any, code: str) -> int:
    """How long until a code is looked at again after wrong ones; 0 when it is now."""
    locks = [device.verify_is_allowed()[1] for device in _devices(user, "".join(code.split()))]
    ends = [lock["locked_until"].timestamp() for lock in locks if lock]
    return max((ceil(end - time.time()) for end in ends), default=0)


def remove(user: Any) -> bool:
    """Take the second factor away, recovery codes and all; False when there was none."""
    StaticDevice.objects.filter(user=user).delete()
    removed = bool(TOTPDevice.objects.filter(user=user).delete()[0])
    if removed:
        record(Kind.FACTOR, account=user, about="The authenticator app was removed")
    return removed


def _devices(user: Any, code: str) -> Iterable[Any]:
    kind = TOTPDevice if code.isdecimal() else StaticDevice
    devices: Iterable[Any] = kind.objects.filter(user=user, confirmed=True)
    return devices
