"""The second factor: who must have one, who has one, and whether a session has shown it.

The factors are rows of django-allauth's `mfa`: an authenticator app, passkeys, recovery codes.
"""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models, transaction
from django.http import HttpRequest

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.login import moving
from leadops.accounts.sso import session
from leads.roles import is_administrator

APP, KEY, CODES = (
    Authenticator.Type.TOTP,
    Authenticator.Type.WEBAUTHN,
    Authenticator.Type.RECOVERY_CODES,
)
FACTORS = (APP, KEY)
"""What makes an account one with a second factor. Recovery codes stand in for them."""


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
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists())


def owed(request: HttpRequest) -> Owed:
    """What a session owes. Who has enrolled shows the factor, required or not."""
    user: Any = request.user
    if not (user.is_authenticated and user.is_staff):
        return Owed.NOTHING
    held = list(Authenticator.objects.filter(user_id=user.pk))
    if session.factor_was_shown(request, user):
        return Owed.NOTHING
    if any(one.type in FACTORS for one in held):
        return Owed.NOTHING if was_shown(request, held) else Owed.CODE
    return Owed.ENROLMENT if is_required(user) else Owed.NOTHING


def was_shown(request: HttpRequest, held: list[Authenticator]) -> bool:
    """Whether the session has shown one of the factors since the first of them was set up.

    A session that began before the move to allauth says which of the old devices it showed.
    """
    began = min(one.created_at for one in held if one.type in FACTORS).timestamp()
    records = get_authentication_records(request, request.user)
    if any(one["method"] == "mfa" and one["at"] >= began for one in records):
        return True
    shown = request.session.get(moving.SHOWN)
    return bool(shown) and any(one.data.get(moving.DEVICE) == shown for one in held)


@transaction.atomic
def remove(user: Any) -> bool:
    """Take all factors away, recovery codes and all; False when there was none."""
    moving.forget(user.pk)
    removed = bool(Authenticator.objects.filter(user_id=user.pk).delete()[0])
    if removed:
        record(Kind.FACTOR, account=user, about="All factors were removed")
    return removed
