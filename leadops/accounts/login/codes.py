"""A code against a factor: each is good once, and after a wrong one the next has to wait.

Kept in the factor's row, which is locked meanwhile: so it holds for all processes and machines,
where allauth's own marks hold in the cache of one process. An app whose clock is off is followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil
from secrets import compare_digest
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from allauth.mfa.utils import decrypt
from django.core.exceptions import ValidationError
from django.db import transaction

from leadops.accounts.login import moving
from leadops.accounts.second_factor import APP, CODES

STEP = 30
"""Seconds for which an app shows one code."""
TOLERANCE = 1
"""Steps that an app may be ahead or behind of where it was the last time."""
DIGITS = 6
LONGEST_CODE = 16
LONGEST_WAIT = 12
"""As a power of two, in seconds: a bit more than an hour."""
WRONG, WRONG_AT = "wrong", "wrong_at"
"""In a factor's data: how many codes were wrong in a row, and when the last of them was."""


def show(user: Any, typed: str) -> Authenticator | None:
    """The factor that a code belongs to; None when it fits none, or came too soon.

    Six digits are from the app, all else is a recovery code: a wrong one of one kind does not slow
    the other down.
    """
    code = normal(typed)
    with transaction.atomic():
        for factor in _factors(user, code).select_for_update():
            if _wait(factor):
                continue
            fits = FITS[factor.type](factor, code)
            _note(factor, fits)
            if fits:
                return factor
    return None


def begin(user: Any) -> None:
    """The code that an app was set up with is used up."""
    for factor in Authenticator.objects.filter(user_id=user.pk, type=APP):
        factor.data["last_t"] = int(time.time()) // STEP
        factor.save(update_fields=["data"])


def seconds_to_wait(user: Any, typed: str) -> int:
    """How long until a code is looked at again after wrong ones; 0 when it is now."""
    return max((ceil(_wait(factor)) for factor in _factors(user, normal(typed))), default=0)


def left(user: Any) -> int:
    """How many recovery codes have not been used."""
    sheet = Authenticator.objects.filter(user_id=user.pk, type=CODES).first()
    try:
        return len(sheet.wrap().get_unused_codes()) if sheet else 0
    except ValidationError:  # locked with a key that is gone: none of them opens anything
        return 0


def normal(typed: str) -> str:
    """A code as it was given out."""
    return "".join(typed.split()).lower()[:LONGEST_CODE]


def _factors(user: Any, code: str) -> Any:
    is_of_app = code.isdecimal() and len(code) == DIGITS
    return Authenticator.objects.filter(user_id=user.pk, type=APP if is_of_app else CODES)


def _wait(factor: Authenticator) -> float:
    wrong = min(factor.data.get(WRONG, 0), LONGEST_WAIT)
    since = time.time() - factor.data.get(WRONG_AT, 0)
    return max(0.0, 2 ** (wrong - 1) - since) if wrong else 0.0


def _note(factor: Authenticator, fits: bool) -> None:
    wrong = 0 if fits else factor.data.get(WRONG, 0) + 1
    factor.data |= {WRONG: wrong, WRONG_AT: time.time()}
    factor.save(update_fields=["data"])


def _of_app(factor: Authenticator, code: str) -> bool:
    """Whether the app shows it at a step that no code was taken from yet."""
    secret = decrypt(factor.data["secret"])
    now = int(time.time()) // STEP
    expected = now + factor.data.get("drift", 0)
    for step in range(expected - TOLERANCE, expected + TOLERANCE + 1):
        shown = f"{hotp_value(secret, step):0{DIGITS}}"
        if step > factor.data.get("last_t", -1) and compare_digest(shown, code):
            factor.data |= {"last_t": step, "drift": step - now}
            return True
    return False


def _of_sheet(factor: Authenticator, code: str) -> bool:
    """Whether it is one of the recovery codes that are left."""
    fits = factor.wrap().validate_code(code)
    factor.refresh_from_db()
    if fits:
        moving.used_up(factor.user_id, code)
    return bool(fits)


FITS: dict[str, Callable[[Authenticator, str], bool]] = {APP: _of_app, CODES: _of_sheet}
