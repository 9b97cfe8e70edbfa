"""A site that posts at a steady rate whatever it is answered, and notes each answer."""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

RATE = float(os.environ.get("UPGRADE_RATE", "50"))
"""Posts a second."""
THREADS = 150
"""Enough for fifty a second where each answer takes three."""


@dataclass(frozen=True)
class Answer:
    """What one post came to."""

    at: float
    """When it was sent, by the monotonic clock."""
    seconds: float
    status: int
    """0 where there was none."""
    phase: str
    said: str
    """The body of what was no 202, or the name of the error."""
    is_polite: bool
    """A 202, or a 503 in JSON that says when to come again."""
    lead: str = ""


class Sender:
    """Posts `rate` leads a second until it is stopped; `phase` names what is going on."""

    def __init__(self, port: int, key: str, rate: float = RATE) -> None:
        self.port, self.key, self.interval = port, key, 1 / rate
        self.phase = ""
        self.answers: list[Answer] = []
        self.numbers = itertools.count()
        self.started = time.monotonic()
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]

    def start(self) -> None:
        """Begin to post."""
        self.started = time.monotonic()
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Post no more, and wait for what is under way."""
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def _work(self) -> None:
        while not self.ended.is_set():
            number = next(self.numbers)
            time.sleep(max(0.0, self.started + number * self.interval - time.monotonic()))
            self.answers.append(self._post(number))

    def _post(self, number: int) -> Answer:
        at, phase = time.monotonic(), self.phase
        body = {"contact_name": f"Person {number}", "email": f"lead.{number}@example.com"}
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"up-{number}",
        }
        # Not by requests: that costs as much as what is measured.
        connection = HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request("POST", "/api/v1/leads/", json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            took = time.monotonic() - at
            return Answer(at, took, 0, phase, type(error).__name__, is_polite=False)
        finally:
            connection.close()
        took = time.monotonic() - at
        if answer.status == 202:
            return Answer(at, took, 202, phase, "", is_polite=True, lead=json.loads(said)["id"])
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        is_polite = answer.status == 503 and is_json and "Retry-After" in answer.headers
        return Answer(at, took, answer.status, phase, said[:300], is_polite)


def longest_stretch(answers: Iterable[Answer]) -> float:
    """The longest time in which all that was posted was answered 503, in seconds."""
    longest, since, latest = 0.0, None, 0.0
    for answer in sorted(answers, key=lambda one: one.at):
        if answer.status == 202:
            since = None
            continue
        since = answer.at if since is None else since
        latest = answer.at
        longest = max(longest, latest - since)
    return longest


def row(name: str, answers: list[Answer], lock: float) -> str:
    """A line of the table: posts, answers by status, slowest, longest 503 stretch, longest lock."""
    by_status = Counter(answer.status for answer in answers)
    told = ", ".join(f"{status or 'none'}: {count}" for status, count in sorted(by_status.items()))
    slowest = max((answer.seconds for answer in answers), default=0.0)
    stretch = longest_stretch(answers)
    return (
        f"| {name:<42} | {len(answers):>5} | {told:<22} | {slowest:>6.2f} s | {stretch:>5.2f} s "
        f"| {lock:>5.2f} s |"
    )


HEAD = (
    f"| {'phase':<42} | posts | {'answers':<22} | slowest  | 503s    | lock    |\n"
    f"|{'-' * 44}|------:|{'-' * 24}|---------:|--------:|--------:|"
)
