"""Who guesses has to wait, by counters in the database that all processes share."""

from __future__ import annotations

import time

from django.http import HttpRequest

from leads.models import Allowance
from leads.networks import known_today
from leads.store import database
from notifications.models import Reader

MINUTE, HOUR, DAY = 60, 3600, 86_400
GUESSES_A_MINUTE = 20
"""Links that are none, which one address may show before it is answered nothing else."""
CODES_AN_HOUR, CODES_A_DAY = 5, 10
"""Codes that are mailed to one reader."""
TRIES_A_DAY = 30
"""Codes that are tried of one reader: three in a hundred thousand of all that there are."""


def is_held(request: HttpRequest) -> bool:
    """Whether this address has guessed too often in this minute."""
    return Allowance.objects.used_up(_known_as(request), GUESSES_A_MINUTE, int(time.time()))


def note_guess(request: HttpRequest) -> None:
    """Count one link that is none."""
    database.use_allowance(_known_as(request), GUESSES_A_MINUTE, MINUTE)


def may_ask(reader: Reader) -> bool:
    """Count one more code that is mailed; False where there were enough."""
    counters = (("hour", CODES_AN_HOUR, HOUR), ("day", CODES_A_DAY, DAY))
    return all(
        database.use_allowance(f"act:codes:{period}:{reader.pk}", most, seconds) is not None
        for period, most, seconds in counters
    )


def may_try(reader: Reader) -> bool:
    """Count one more code that is tried; False where there were enough."""
    return database.use_allowance(f"act:tries:{reader.pk}", TRIES_A_DAY, DAY) is not None


def _known_as(request: HttpRequest) -> str:
    return f"act:{known_today(request, 'notifications.act')}"
