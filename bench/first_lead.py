"""How long after its 202 a lead is in Zoho, while nothing else is going on.

The whole system idles, the sandbox answers without delay. One lead at a time is posted at an
irregular moment (so that it falls on no particular phase of the queue's polling), and the sandbox
is asked every 2 ms whether it holds it. The first post, which also fetches the access token and
the field metadata, is not counted.
"""

from __future__ import annotations

import http.client
import random
import time

from bench.kit.load import BODY, percentile
from bench.kit.machine import Watch
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, show
from bench.kit.stage import Failed, Stage, expect, stage, wait_until

PAUSE = (0.3, 1.0)
"""Seconds between two posts, drawn anew each time."""
LOOK_EVERY = 0.002
PATIENCE = 30


def measure(scene: Stage, length: Length) -> Part:
    """Post one lead after the other."""
    part = Part("First lead: from 202 to the record in Zoho, idle system, Zoho answers at once")
    watch = Watch()
    database, sandbox = scene.database("first"), scene.sandbox("first")
    env = scene.leadops(database, sandbox)
    key = scene.run("manage.py", "createsite", "Bench", env=env).strip()
    port, web = scene.gunicorn("web", "leadops.wsgi", env, "/healthz/live")
    worker = scene.start("worker", "manage.py", "worker", env=env)
    waits: list[float] = []
    dice = random.Random(length.posts)
    for number in range(length.posts + 1):
        answered = post(port, key, number)
        arrived = wait_until(
            lambda wanted=number + 1: sandbox.inserts()["stored"] >= wanted,  # type: ignore[misc]  # mypy cannot infer a lambda's default
            PATIENCE,
            "the lead did not arrive",
            LOOK_EVERY,
        )
        waits.append((arrived - answered) * 1000)
        time.sleep(dice.uniform(*PAUSE))
    worker.stop()
    web.stop()
    expect("records in Zoho", sandbox.ask("GET", "count")["distinct"], length.posts + 1)
    waits = waits[1:]
    part.rows = [
        Row("first lead, median ms", f"{percentile(waits, 0.5):.0f}", aim="≤ 150"),
        Row("first lead, p99 ms", f"{percentile(waits, 0.99):.0f}", aim="≤ 400"),
    ]
    part.notes.append(f"{length.posts} posts; quickest {min(waits):.0f} ms.")
    part.notes.append(watch.says())
    return part


def post(port: int, key: str, number: int) -> float:
    """Post a lead; the moment of its 202 (time.time())."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = BODY % (number, number, number)
    connection.request("POST", "/api/v1/leads/", body, headers)
    status = connection.getresponse().status
    answered = time.time()
    connection.close()
    if status != 202:
        raise Failed(f"a post was answered {status}")
    return answered


def main() -> None:
    """Alone: `python -m bench.first_lead [--quick]`."""
    options = arguments("How soon a lead is in Zoho").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if options.quick else FULL))


if __name__ == "__main__":
    main()
