"""An outage with two machines at work: one probe a rest, and the first success opens the way."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import partial

import pytest
import requests

from tests.journeys.kit.system import System, eventually

LEADS = 120
PROBES = 2


@pytest.fixture
def two_machines(system: System) -> Iterator[System]:
    """A second machine beside the first, with two workers as well."""
    system.run("second", sys.executable, "manage.py", "worker")
    ready = "SELECT count(*) FROM leads_heartbeat WHERE alive = workers"
    eventually(lambda: system.sql(ready) == [(2,)], 60)
    yield system
    requests.delete(f"{system.zoho}/sandbox/faults", timeout=5)
    second = system.processes.pop("second")
    second.terminate()
    second.wait(40)


def paused(system: System) -> bool:
    """Whether the destination rests, and no probe is under way."""
    open_calls = "SELECT 1 FROM leads_apicall WHERE kind = 'insert' AND ended_at IS NULL"
    resting = "SELECT 1 FROM leads_destination WHERE paused_at IS NOT NULL"
    return bool(system.sql(resting)) and not system.sql(open_calls)


def has_probed(system: System, before: int) -> bool:
    """Whether there was one more call, which failed."""
    return system.calls("insert") > before and paused(system)


def is_held(system: System) -> bool:
    """Whether it rests until somebody ends that: none of its own probes comes in between, as one
    did on a machine that took longer for a look than the first rest lasts.
    """
    system.sql(
        "UPDATE leads_destination SET paused_until = '2999-01-01 00:00:00+00:00'"
        " WHERE paused_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM leads_apicall"
        " WHERE kind = 'insert' AND ended_at IS NULL)"
    )
    held = "SELECT 1 FROM leads_destination WHERE paused_until > '2998-01-01 00:00:00+00:00'"
    return paused(system) and bool(system.sql(held))


def end_the_rest(system: System) -> None:
    """As if its time were over."""
    system.sql("UPDATE leads_destination SET paused_until = paused_at")


def attempts(system: System) -> int:
    """Rows in the log of attempts."""
    return int(system.sql("SELECT count(*) FROM leads_apilog")[0][0])


@pytest.mark.parametrize("mode", ["500_before", "drop_before_store"])
def test_one_probe_a_rest_and_the_first_success_opens_the_way(
    two_machines: System, mode: str
) -> None:
    """404 calls and 500 log rows in 330 s: each minute every lead was sent alone."""
    system = two_machines
    system.becomes(system.post(contact_name="Warm").json()["id"], "delivered")
    requests.delete(f"{system.zoho}/sandbox/ledger", timeout=5)
    system.fault(mode=mode)
    system.queue(LEADS)
    eventually(lambda: is_held(system), 30)
    assert system.calls("insert") <= 4

    for _probe in range(PROBES):
        eventually(lambda: is_held(system), 15)
        before, rows = system.calls("insert"), attempts(system)
        end_the_rest(system)
        eventually(partial(has_probed, system, before), 15)
        time.sleep(1.5)  # a sweep of each machine
        assert system.calls("insert") == before + 1, "one probe"
        assert attempts(system) - rows <= 1, "of one lead"

    eventually(lambda: is_held(system), 15)
    system.fault(mode=None)
    end_the_rest(system)
    eventually(lambda: system.count("delivered") == LEADS + 1, 20)
    references = [record["Lead_Ref"] for record in system.records()]
    assert len(references) == len(set(references)) == LEADS + 1
