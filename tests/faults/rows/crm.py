"""Zoho misbehaves, in every way that the sandbox knows."""

from __future__ import annotations

import random
import time

import requests

from tests.faults.play import fault
from tests.faults.stage import Stage
from tests.journeys.kit.system import eventually

ONCE_STORED = (
    "store_then_hang_up",
    "store_half_then_hang_up",
    "store_then_drop",
    "500_after",
    "html_200",
    "truncated",
    "cut",
    "empty_200",
    "drip",
)
NOT_STORED = (
    "hang_up_before_store",
    "drop_before_store",
    "429",
    "500_before",
    "503",
    "html",
    "expired_token",
)


def misbehaving(mode: str) -> None:
    """A row for one way, which hits the next three inserts.

    A token that is refused again right after its renewal is no fault that passes: it stops the
    destination until a probe after ten minutes. So tokens expire once.
    """

    def act(stage: Stage, dice: random.Random) -> None:
        extra = {"retry_after": 2} if mode == "429" else {}
        times = 1 if mode == "expired_token" else 3
        order = {"mode": mode, "times": times, "only": "insert", **extra}
        stage.fault(**order)
        left = eventually(lambda: hits_are_over(stage, times), 150, every=0.5)
        assert left

    # Three in a row, each tried again after a wait that the schedule sets.
    fault(f"Zoho: {mode}", leads=40, recovery=240)(act)


def hits_are_over(stage: Stage, times: int) -> bool:
    """Whether the fault hit so many times, or at least once and nothing is left to hit."""
    left = requests.get(f"{stage.zoho}/sandbox/faults", timeout=10).json()["faults"]
    return not left or (left[0]["times"] < times and not stage.open_leads())


for mode in (*ONCE_STORED, *NOT_STORED):
    misbehaving(mode)


@fault("Zoho: access tokens revoked", tries=3)
def tokens_revoked(stage: Stage, dice: random.Random) -> None:
    """All workers find out at once; one of them asks for another."""
    for _ in range(3):
        requests.post(f"{stage.zoho}/sandbox/revoke", json={"what": "access"}, timeout=10)
        time.sleep(1)


@fault("Zoho: away, then 10 % of answers lost after storing", leads=200)
def away_then_unsure(stage: Stage, dice: random.Random) -> None:
    """What an outage often ends with."""
    stage.fault(mode="refuse", seconds=5)
    time.sleep(6)
    seed = dice.getrandbits(30)
    stage.fault(mode="store_then_hang_up", probability=0.1, seed=seed, only="insert")
    time.sleep(5)
