"""Outcome webhooks: real workers, one database, and a receiver in every mood."""

from __future__ import annotations

import json
from collections import defaultdict

from tests.journeys.kit.system import System, eventually
from tests.notifications.receiver import Receiver, receiving


def endpoint(system: System, address: str) -> None:
    """An outcome webhook of the site."""
    system.shell(
        "from notifications.models import Endpoint\n"
        "made = Endpoint(name='Sales', site=Site.objects.get())\n"
        f"made.set_address({address!r})\n"
        "made.save()"
    )


def told(receiver: Receiver) -> dict[str, list[str]]:
    """The statuses that were told, by lead; what came again right after it once."""
    found: dict[str, list[str]] = defaultdict(list)
    for call in list(receiver.calls):
        data = json.loads(call.body)["data"]
        states = found[data["reference"]]
        if states[-1:] != [data["status"]]:
            states.append(data["status"])
    return found


def test_each_outcome_arrives_in_order_and_delivery_is_undisturbed(system: System) -> None:
    """A receiver that hangs, cuts and fails, and a worker that is killed in the middle of it."""
    with receiving() as receiver, receiving() as deaf:
        receiver.hangs_for, deaf.hangs_for = 6.0, 8.0
        receiver.moods = ["hang", "200", "cut", "200", "500"]
        deaf.moods = ["hang"] * 100
        endpoint(system, receiver.address)
        endpoint(system, deaf.address)

        held = [system.post(email=f"h{n}@example.com").json()["id"] for n in range(3)]
        leads = [
            system.post(contact_name=f"P {n}", email=f"p{n}@example.com").json()["id"]
            for n in range(10)
        ]
        # Were one of them waited for, the receiver that hangs alone took a minute of it.
        eventually(lambda: system.count("delivered") == len(leads), 40)
        eventually(lambda: receiver.calls, 20)
        system.kill("worker")
        system.start_worker()
        system.shell(
            "from django.contrib.auth.models import User\n"
            "from leads.decisions.settle import discard\n"
            "ana = User.objects.get(username='ana')\n"
            "discard(Lead.objects.filter(status='failed'), ana, 'spam')"
        )

        wanted = {lead: ["delivered"] for lead in leads}
        wanted |= {lead: ["failed", "discarded"] for lead in held}
        eventually(lambda: told(receiver) == wanted, 90)

    assert len(system.records()) == len(leads)
