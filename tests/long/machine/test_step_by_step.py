"""docs/deploy.md, typed in section after section on a bare Debian with a systemd of its own."""

from __future__ import annotations

import time

from tests.journeys.kit.system import eventually
from tests.journeys.test_deploy_guide import blocks
from tests.long.machine.operator import (
    HOST,
    KNOWN,
    PASSWORD,
    Operator,
    arrives,
    emails,
    is_there,
)

CERTIFICATE = f"/etc/letsencrypt/live/{HOST}"
SETTINGS = KNOWN | {
    "SECRET_KEY": "ziemlich-lang-und-nur-fuer-diesen-einen-test-0123456789",
    "FIELD_KEYS": "dGVzdHMtb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OTA=",
    "DATABASE_URL": f"postgres://leadops:{PASSWORD}@127.0.0.1:5432/leadops",
}


def bring_a_certificate(operator: Operator) -> None:
    """What the operator has from elsewhere."""
    machine = operator.machine
    machine.run("mkdir", "-p", CERTIFICATE)
    machine.run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", f"/CN={HOST}"),
        *("-addext", f"subjectAltName=DNS:{HOST}", "-keyout", f"{CERTIFICATE}/privkey.pem"),
        *("-out", f"{CERTIFICATE}/fullchain.pem"),
    )
    operator.believe(f"{CERTIFICATE}/fullchain.pem")


def install(operator: Operator) -> str:
    """Sections 1 to 6; the site's key."""
    operator.write_settings(SETTINGS)
    for heading in ("1. Programs and the code", "2. PostgreSQL", "3. Environment"):
        for block in blocks(heading):
            operator.type(block)
    [units] = blocks("4. systemd")
    start, ask = units.rsplit("curl", 1)
    operator.type(start)
    eventually(lambda: answers(operator), 180, every=1)
    operator.type(f"curl{ask}")
    bring_a_certificate(operator)
    for block in blocks("5. nginx"):
        operator.type(block)
    [site] = blocks("6. The first site")
    return operator.type(site).strip().splitlines()[-1]


def answers(operator: Operator) -> bool:
    """Whether the web process does, on the machine itself."""
    ask = ("curl", "-fsS", "http://127.0.0.1:8000/healthz/ready")
    return "ok" in operator.machine.says(*ask)


def is_ready(operator: Operator) -> bool:
    """Whether it does through nginx."""
    return is_there(f"{operator.url}/healthz/ready")


def observes_and_drains(operator: Operator) -> None:
    """What the guide has for a machine that runs."""
    [doctor] = blocks("Watching")
    assert "✗" not in operator.type(doctor)
    [observe] = blocks("Observing")
    operator.type(observe)
    [drain] = blocks("More machines")
    drain = drain.replace("leads-2", "leads")  # this machine's name
    assert "drained" in operator.type(drain)
    operator.type(f"{drain.strip()} --undo")


def test_the_guide_installs_upgrades_backs_up_and_restores(operator: Operator) -> None:
    key = install(operator)
    operator.connect_zoho()
    operator.post(key, "Ada")
    arrives("ada@example.com")
    minutes = (time.monotonic() - operator.began) / 60
    print(f"{minutes:.1f} minutes, {operator.commands + 1} commands to the first lead in Zoho")
    assert operator.machine.says("systemctl", "--failed", "--no-legend") == ""

    observes_and_drains(operator)
    for block in blocks("Upgrading"):
        operator.type(block)
    eventually(lambda: is_ready(operator), 180, every=1)
    operator.post(key, "Ben")
    arrives("ben@example.com")

    backup, timers, restore = blocks("Backup and restore")
    assert "the figures agree" in operator.type(backup)
    operator.type(timers)
    operator.post(key, "Eva")
    arrives("eva@example.com")

    operator.type(restore)

    eventually(lambda: is_ready(operator), 180, every=1)
    again = operator.machine.run("cat", "/var/backups/again.txt")
    assert len(again.splitlines()) == 0
    operator.post(key, "Max")  # it waits: the destination is paused
    assert emails() == ["ada@example.com", "ben@example.com", "eva@example.com"]
