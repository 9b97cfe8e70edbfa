"""Equal posts at the same moment: one lead, and everybody gets its id."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.journeys.kit.system import System

AT_ONCE = 20
ROUNDS = 50
"""500 for the figure in docs/reliability.md."""

Answer = tuple[int, str]
"""The status, and the id of the lead; without one the error's code."""


class Senders:
    """A site that sends a post over twenty connections at the same moment."""

    def __init__(self, system: System) -> None:
        self.url, self.key = f"{system.url}/api/v1/leads/", system.key
        self.ready = threading.Barrier(AT_ONCE)
        self.sessions = [requests.Session() for _ in range(AT_ONCE)]
        self.pool = ThreadPoolExecutor(AT_ONCE)

    def send(self, *fields: dict[str, str], key: str | None = None) -> list[Answer]:
        """What each connection was answered; several sets of fields go in turn."""
        headers = {"Authorization": f"Bearer {self.key}"}
        headers |= {"Idempotency-Key": key} if key else {}

        def one(number: int) -> Answer:
            self.ready.wait(30)
            body = fields[number % len(fields)]
            answer = self.sessions[number].post(self.url, json=body, headers=headers, timeout=30)
            told = answer.json()
            return answer.status_code, told.get("id") or told["code"]

        return list(self.pool.map(one, range(AT_ONCE)))


@pytest.fixture
def senders(system: System) -> Iterator[Senders]:
    system.sql("UPDATE leads_site SET quota = 1000000")
    senders = Senders(system)
    yield senders
    senders.pool.shutdown()


def test_twenty_equal_posts_at_once_are_one_lead(system: System, senders: Senders) -> None:
    ids = set()
    for number in range(ROUNDS):
        fields = {"contact_name": f"Person {number}", "email": f"p{number}@example.com"}
        [(status, lead)] = set(senders.send(fields, key=f"order-{number}"))
        assert status == 202
        ids.add(lead)

    assert len(ids) == ROUNDS
    assert system.sql("SELECT count(*) FROM leads_lead") == [(ROUNDS,)]
    assert system.stats()["received"] == ROUNDS


def test_of_two_bodies_under_one_key_the_first_one_wins(system: System, senders: Senders) -> None:
    for number in range(ROUNDS // 10):
        bodies = [{"contact_name": name, "phone": str(number)} for name in ("Ana", "Ben")]
        told = senders.send(*bodies, key=f"order-{number}")

        taken = {lead for status, lead in told if status == 202}
        refused = [code for status, code in told if status == 422]
        assert len(taken) == 1
        assert refused == ["key_reused"] * (AT_ONCE // 2)

    assert system.stats()["received"] == ROUNDS // 10


def test_a_double_submit_without_a_key_is_one_lead_in_the_sites_window(
    system: System, senders: Senders
) -> None:
    system.sql("UPDATE leads_site SET repeat_window = 60")

    told = set(senders.send({"contact_name": "Ana", "phone": "1"}))

    [(status, _lead)] = told
    assert status == 202
    assert system.stats()["received"] == 1
