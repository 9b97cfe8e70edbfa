"""How long a turn of proof may take: it runs where mails are sent from."""

from __future__ import annotations

import pytest

from leads.clock import Deadline
from tests.zoho.proof.conftest import Deliver
from zoho import tasks
from zoho.models import Connection
from zoho.proof import prove

pytestmark = pytest.mark.django_db
A_MAIL_WAITS = 20
"""Seconds that a notice may have to wait for a turn."""


def test_a_turn_leaves_the_one_worker_of_notices_to_the_mails_soon(
    delivered: Deliver, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    lefts: list[float] = []

    def seen(_connection: Connection, deadline: Deadline) -> None:
        lefts.append(deadline.left())
        assert deadline.allows(prove.CALL_SECONDS), "there is time for a call"

    monkeypatch.setattr(prove, "prove", seen)
    delivered()

    tasks.prove(connected.pk)

    assert max(lefts) <= A_MAIL_WAITS
