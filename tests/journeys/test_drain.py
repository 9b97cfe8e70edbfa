"""A worker machine is drained: what it holds arrives, what comes waits, and nothing is lost."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

from tests.journeys.kit.system import ROOT, System, eventually

PRINTED = re.search(
    r"\bmanage\.py (worker drain) leads-2$", (ROOT / "docs/deploy.md").read_text(), re.M
)


def drain(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As the guide prints it, in a process of its own."""
    assert PRINTED
    return subprocess.run(
        [sys.executable, "manage.py", *PRINTED[1].split(), *arguments],
        cwd=ROOT,
        env=system.environment,
        capture_output=True,
        text=True,
    )


def test_a_drained_machine_finishes_what_it_holds_and_takes_no_more(system: System) -> None:
    # A worker that a test before this one killed is in it, too, for a while.
    system.sql("DELETE FROM leads_heartbeat")
    eventually(lambda: system.sql("SELECT 1 FROM leads_heartbeat WHERE alive > 0"), 60)
    system.fault(latency_after=2, only="insert", times=1)
    held = system.post(contact_name="Held", email="held@example.com").json()["id"]
    eventually(lambda: system.calls("insert"))

    try:
        done = drain(system, socket.gethostname())

        assert (done.returncode, "is drained after" in done.stdout) == (0, True), done.stderr
        assert system.receipt(held)["status"] == "delivered"
        assert system.sql("SELECT alive FROM leads_heartbeat") == [(0,)]
        waits = system.post(contact_name="Waits", email="waits@example.com").json()["id"]
        assert drain(system).returncode == 0  # nothing more to wait for
        assert system.receipt(waits)["status"] == "queued"
    finally:  # those after this one need it
        undone = drain(system, "--undo")

    assert undone.returncode == 0
    system.becomes(waits, "delivered", 60)
    assert len(system.records()) == 2
