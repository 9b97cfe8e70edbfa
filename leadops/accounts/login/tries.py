"""How often a password may be tried, counted in rows that all processes and machines share.

A try is taken for a wrong one until it proves right: so a hundred at once do not all get through.
By account from anywhere and by address one is slowed, never locked: nobody can lock a colleague
out. Name and address together, and a browser that logged in to this account before, have counts of
their own, with the lock of LOGIN_TRIES and LOGIN_LOCK_MINUTES; that browser feels no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from leadops.accounts.login import devices
from leadops.accounts.login.rows import LoginTry
from leads import networks

Kind = LoginTry.Kind
SLOWEST = timedelta(seconds=60)
"""The longest wait between two tries where one is slowed."""
FREE = {Kind.ACCOUNT: 10, Kind.ADDRESS: 30, Kind.RESET: 3}
"""Wrong tries in a row before one is slowed: an office has one address."""
FORGOTTEN = timedelta(hours=1)
"""How long after the last one they count no more."""
KEEP = timedelta(days=1)
TURN = "turn"
"""The row that says when a stranger's password is judged again, of whatever account."""
QUIET = timedelta(minutes=1)
"""How long after the last wrong password of a stranger the next is judged at once."""
LONGER, LONGEST = 4, 32
"""How many times as long is waited after each wrong one; after the first as long as it took."""
HASH = timedelta(seconds=1)
"""Longer than a hash takes: who has the turn may have died with it."""


@dataclass(frozen=True)
class Count:
    """What a try is counted by; names and addresses are kept as keyed hashes alone."""

    kind: str
    key: str
    account: str


def account_key(name: str) -> str:
    """An account, or a name that is none: nothing tells them apart."""
    return keyed("account", name.strip().casefold())


def counts(request: HttpRequest | None, name: str) -> list[Count]:
    """What a try with this name counts for."""
    account = account_key(name)
    if request is None:
        return [Count(Kind.ACCOUNT, account, account)]
    if device := devices.known(request, account):
        return [Count(Kind.DEVICE, keyed("device", account, device), account)]
    network = networks.network_of(networks.client_address(request))
    return [
        Count(Kind.ACCOUNT, account, account),
        Count(Kind.ADDRESS, keyed("address", network), ""),
        Count(Kind.PAIR, keyed("pair", account, network), account),
    ]


def is_known(wanted: list[Count]) -> bool:
    """Whether the browser logged in to this account before: it waits for nobody's turn."""
    return any(one.kind == Kind.DEVICE for one in wanted)


def seconds_to_wait(wanted: list[Count]) -> int:
    """How long until a try would be taken; 0 when it is now."""
    return _wait(LoginTry.objects.filter(key__in=[one.key for one in wanted]), timezone.now())


def standing(wanted: list[Count]) -> tuple[int, bool]:
    """The seconds to wait, and whether it is somebody else's turn. Whoever is refused costs this
    read.
    """
    now = timezone.now()
    rows = list(LoginTry.objects.filter(key__in=[TURN, *(one.key for one in wanted)]))
    turns = [row for row in rows if row.kind == Kind.TURN and not is_known(wanted)]
    is_taken = any(row.next_at > now >= row.last_at > now - QUIET for row in turns)
    return _wait((row for row in rows if row.kind != Kind.TURN), now), is_taken


def take_turn() -> bool:
    """Whether a stranger's password may be judged now.

    While wrong ones keep coming, one at a time in all processes together, and ever more seldom:
    else a guesser has a processor for each process, and posts wait.
    """
    now = timezone.now()
    busy = LoginTry.objects.filter(key=TURN, last_at__gt=now - QUIET)
    return not busy.exists() or bool(busy.filter(next_at__lte=now).update(next_at=now + HASH))


def give_turn_back(seconds: float, was_right: bool) -> None:
    """A stranger's password was judged, which took so many seconds of a processor."""
    now = timezone.now()
    if was_right:
        LoginTry.objects.filter(key=TURN).update(next_at=now)
        return
    row, _made = LoginTry.objects.get_or_create(key=TURN, defaults={"kind": Kind.TURN})
    wrong = row.wrong + 1 if now - row.last_at < QUIET else 1
    rest = timedelta(seconds=seconds) * min(LONGER ** (min(wrong, 9) - 1), LONGEST)
    LoginTry.objects.filter(key=TURN).update(wrong=wrong, last_at=now, next_at=now + rest)


def asked_in_vain(wanted: list[Count]) -> int:
    """Count a try that was not judged, by address alone: who floods is soon refused by a read."""
    now = timezone.now()
    own = [one for one in wanted if one.kind == Kind.ADDRESS]
    free = LoginTry.objects.filter(
        key__in=[one.key for one in own],
        wrong__lt=FREE[Kind.ADDRESS],
        last_at__gt=now - FORGOTTEN,
    )
    # One statement, as long as nobody has to wait for it.
    if free.update(wrong=F("wrong") + 1, last_at=now):
        return 0
    return claim(own)


def claim(wanted: list[Count]) -> int:
    """Take one try of each count, or none of them; the seconds to wait, 0 where it was taken."""
    LoginTry.objects.bulk_create(
        [LoginTry(key=one.key, kind=one.kind, account=one.account) for one in wanted],
        ignore_conflicts=True,
    )
    with transaction.atomic():
        rows = LoginTry.objects.select_for_update().filter(key__in=[one.key for one in wanted])
        locked, now = list(rows.order_by("key")), timezone.now()
        if wait := _wait(locked, now):
            return wait
        for row in locked:
            _was_wrong(row, now)
        LoginTry.objects.bulk_update(locked, ["wrong", "last_at", "next_at"])
    return 0


def proved(wanted: list[Count]) -> None:
    """The try was right: it does not count, and those before it by the same pair neither."""
    by_kind = {one.kind: one.key for one in wanted}
    own = [by_kind[kind] for kind in (Kind.PAIR, Kind.DEVICE) if kind in by_kind]
    LoginTry.objects.filter(key__in=own).delete()
    shared = [by_kind[kind] for kind in (Kind.ACCOUNT, Kind.ADDRESS) if kind in by_kind]
    LoginTry.objects.give_back(shared)


def is_locked(name: str) -> bool:
    """Whether somebody must wait before the next try with this name."""
    waiting = LoginTry.objects.filter(account=account_key(name), next_at__gt=timezone.now())
    return bool(waiting.exists())


def unlock(name: str) -> bool:
    """Let the name log in again from everywhere; False when nothing was counted."""
    return bool(LoginTry.objects.filter(account=account_key(name)).delete()[0])


def forget(sender: Any, now: datetime, **kwargs: Any) -> None:
    """Delete what is no longer needed."""
    LoginTry.objects.filter(last_at__lt=now - KEEP).delete()


def lock_time() -> timedelta:
    """How long a lock holds."""
    return timedelta(minutes=settings.LOGIN_LOCK_MINUTES)


def _wait(rows: Iterable[LoginTry], now: datetime) -> int:
    return max(0, *(ceil((row.next_at - now).total_seconds()) for row in rows), 0)


def _was_wrong(row: LoginTry, now: datetime) -> None:
    slows = row.kind in FREE
    if now - row.last_at >= (FORGOTTEN if slows else lock_time()):
        row.wrong = 0
    row.wrong, row.last_at = row.wrong + 1, now
    if slows:
        if (over := row.wrong - FREE[Kind(row.kind)]) > 0:
            row.next_at = now + min(SLOWEST, timedelta(seconds=2 ** min(over, 10)))
    elif row.wrong >= settings.LOGIN_TRIES:
        row.next_at = now + lock_time()


def keyed(*about: str) -> str:
    """What is counted by, so that nobody can read it."""
    return salted_hmac("leadops.login", "\n".join(about), algorithm="sha256").hexdigest()
