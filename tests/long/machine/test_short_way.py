"""The guide in short, typed in on a bare Debian with its own systemd, and what its units do."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest

from tests.faults.client import Client
from tests.journeys.kit.system import eventually
from tests.journeys.test_deploy_guide import blocks
from tests.long.machine.machine import Machine
from tests.long.machine.operator import HOST, Operator, arrives, emails, is_there

SERVICES = ("leadops-web", "leadops-worker", "leadops-backup", "leadops-erased")
CERTIFICATE = "/etc/ssl/leadops/fullchain.pem"
CERTBOT = "certbot --nginx -d leads.example.com\n"
SOON = """[Timer]
OnCalendar=
OnCalendar=*:*:00/30
RandomizedDelaySec=0
AccuracySec=1s
"""
MOST_COMMANDS = 8
"""From a bare machine to the first delivered lead."""


@dataclass(frozen=True)
class Installed:
    """A machine on which everything runs."""

    operator: Operator
    key: str
    commands: int
    seconds: float

    @property
    def machine(self) -> Machine:
        """Its console."""
        return self.operator.machine

    def client(self, tag: str, count: int, rate: float) -> Client:
        """A site that posts from now on."""
        client = Client(self.operator.url, self.key, tag, count=count, rate=rate)
        client.start()
        return client

    def pid(self, unit: str) -> int:
        """The main process of a unit, as the machine numbers it."""
        return int(self.machine.run("systemctl", "show", "--property=MainPID", "--value", unit))

    def shows(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.machine.run("systemctl", "show", f"--property={name}", "--value", unit).strip()

    def is_ready(self) -> bool:
        """Whether the web process reaches its database."""
        return is_there(f"{self.operator.url}/healthz/ready")


@pytest.fixture(scope="module")
def installed(operator: Operator) -> Installed:
    """By the guide in short, up to the first lead in Zoho."""
    [block] = blocks("In short")
    before, after = block.split(CERTBOT)
    operator.type(before)
    # Let's Encrypt is out of reach: the certificate that is there stays, and is believed.
    operator.commands += 1
    assert "nginx" in operator.machine.run("certbot", "plugins")
    operator.believe(CERTIFICATE)
    key = operator.type(after).strip().splitlines()[-1]
    operator.connect_zoho()
    operator.commands += 1  # curl
    operator.post(key, "Ada")
    arrives("ada@example.com")
    seconds = time.monotonic() - operator.began
    print(f"{seconds / 60:.1f} minutes, {operator.commands} commands to the first lead in Zoho")
    return Installed(operator, key, operator.commands, seconds)


def all_arrived(client: Client, tag: str) -> None:
    """Each lead of a site was acknowledged, and is in Zoho once."""
    client.join()
    assert {post.state for post in client.posts} == {"acknowledged"}
    sent = sorted(post.email for post in client.posts)
    eventually(lambda: len([one for one in emails() if f".{tag}." in one]) >= len(sent), 180, 1)
    assert [one for one in emails() if f".{tag}." in one] == sent


def test_few_commands_lead_to_the_first_lead(installed: Installed) -> None:
    assert installed.commands <= MOST_COMMANDS


def test_everything_that_was_started_runs(installed: Installed) -> None:
    machine = installed.machine

    assert machine.says("systemctl", "is-system-running") == "running"
    for unit in ("leadops-web", "leadops-worker", "leadops-web.socket", "leadops-backup.timer"):
        assert machine.says("systemctl", "is-active", unit) == "active"
        assert machine.says("systemctl", "is-enabled", unit) == "enabled"
    assert "✗" not in machine.says("leadops", "doctor"), machine.says("leadops", "doctor")


def test_installing_again_changes_nothing(installed: Installed) -> None:
    machine = installed.machine
    kept = ("/srv/leadops/.env", "/etc/nginx/sites-available/leadops", CERTIFICATE)
    before = machine.run("cat", *kept)

    machine.run("/srv/leadops/deploy/install", HOST)

    assert machine.run("cat", *kept) == before
    assert machine.run("stat", "-c", "%U:%G %a", kept[0]) == "root:leadops 640\n"
    assert machine.says("systemctl", "is-system-running") == "running"


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_nothing_wrong_with_a_unit(installed: Installed, name: str) -> None:
    machine = installed.machine

    assert machine.says("systemd-analyze", "verify", f"{name}.service") == ""
    said = machine.says("systemd-analyze", "security", "--no-pager", name)
    assert float(re.findall(r"exposure level for \S+: ([\d.]+)", said)[0]) <= 1.4


@pytest.mark.parametrize("name", ["leadops-web", "leadops-worker"])
def test_a_process_may_do_nothing_but_its_work(installed: Installed, name: str) -> None:
    machine, pid = installed.machine, str(installed.pid(name))
    status = machine.run("cat", f"/proc/{pid}/status")
    of_it = ("nsenter", f"--target={pid}", "--mount", "--wd=/", "sh", "-c")

    assert re.findall(r"^Cap\w+:\s+(\w+)", status, re.MULTILINE) == ["0" * 16] * 5
    assert re.findall(r"^(?:NoNewPrivs|Seccomp):\s+(\d)", status, re.MULTILINE) == ["1", "2"]
    for path in ("/srv/leadops", "/etc", "/usr", "/var/lib"):
        assert "Read-only" in machine.says(*of_it, f"touch {path}/x 2>&1")
    assert machine.says(*of_it, "ls /home /root 2>/dev/null") == "/home:\n\n/root:"
    assert machine.says(*of_it, "ls /proc | grep -c '^[0-9]'")


@pytest.mark.parametrize("name", ["leadops-web", "leadops-worker"])
def test_a_killed_process_comes_back_by_itself(installed: Installed, name: str) -> None:
    client = installed.client(f"killed-{name}", count=60, rate=4)
    before = installed.pid(name)

    installed.machine.run("kill", "-KILL", str(before))

    eventually(lambda: installed.pid(name) not in {0, before}, 30)
    all_arrived(client, f"killed-{name}")
    assert installed.shows(name, "NRestarts") == "1"


def test_reload_and_restart_of_web_refuse_no_post(installed: Installed) -> None:
    client = installed.client("reload", count=400, rate=10)
    machine = installed.machine
    before = installed.pid("leadops-web")

    time.sleep(3)
    machine.run("systemctl", "reload", "leadops-web")
    time.sleep(15)
    assert installed.pid("leadops-web") == before
    machine.run("systemctl", "restart", "leadops-web")
    eventually(installed.is_ready, 180, every=1)

    all_arrived(client, "reload")
    assert {tuple(post.told) for post in client.posts} == {("202",)}


def test_a_stopped_worker_leaves_nothing_half_done(installed: Installed) -> None:
    client = installed.client("stopped", count=80, rate=8)
    machine = installed.machine
    time.sleep(3)

    machine.run("systemctl", "stop", "leadops-worker")
    assert installed.shows("leadops-worker", "Result") == "success"
    client.join()
    machine.run("systemctl", "start", "leadops-worker")

    all_arrived(client, "stopped")


@pytest.mark.parametrize("name", ["leadops-backup", "leadops-erased"])
def test_a_timer_starts_its_service(installed: Installed, name: str) -> None:
    machine = installed.machine
    folder = f"/etc/systemd/system/{name}.timer.d"
    machine.run("mkdir", "-p", folder)
    # Its time comes within half a minute, and once more before this test is over.
    machine.write(f"{folder}/soon.conf", SOON)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", f"{name}.timer")

    eventually(lambda: installed.shows(f"{name}.service", "ExecMainExitTimestamp"), 180, every=1)
    machine.run("rm", "-r", folder)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", f"{name}.timer")

    assert installed.shows(f"{name}.timer", "LastTriggerUSec")
    eventually(lambda: installed.shows(f"{name}.service", "ActiveState") == "inactive", 180)
    assert installed.shows(f"{name}.service", "Result") == "success"
    assert installed.shows(f"{name}.timer", "NextElapseUSecRealtime")


def test_a_backup_is_where_the_guide_says(installed: Installed) -> None:
    machine = installed.machine
    machine.run("systemctl", "start", "leadops-backup", "leadops-erased")

    names = machine.run("ls", "/var/backups/leadops").split()
    assert {name.rpartition(".")[2] for name in names} == {"dump", "json", "txt"}
    assert "the figures agree" in machine.run("journalctl", "--no-pager", "-u", "leadops-backup")


def test_the_journal_carries_no_peoples_data(installed: Installed) -> None:
    said = installed.machine.run(
        "journalctl", "--no-pager", "-u", "leadops-web", "-u", "leadops-worker"
    )

    assert "Listening at: http://127.0.0.1:8000" in said
    assert "@example.com" not in said
    assert "Traceback" not in said


def test_settings_that_only_root_reads_stop_everything_but_by_systemd(installed: Installed) -> None:
    machine = installed.machine
    machine.run("chmod", "600", "/srv/leadops/.env")
    machine.run("chown", "root:root", "/srv/leadops/.env")

    assert "/srv/leadops/.env cannot be read by user" in machine.says(
        "sh", "-c", "leadops check 2>&1"
    )

    machine.run("mv", "/srv/leadops/.env", "/etc/leadops.env")
    for name in ("leadops-web", "leadops-worker"):
        machine.run("mkdir", "-p", f"/etc/systemd/system/{name}.service.d")
        told = f"/etc/systemd/system/{name}.service.d/override.conf"
        machine.write(told, "[Service]\nEnvironmentFile=/etc/leadops.env\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "leadops-web", "leadops-worker")
    eventually(installed.is_ready, 180, every=1)
    all_arrived(installed.client("handed-over", count=10, rate=10), "handed-over")


def test_a_machine_that_starts_anew_goes_on(installed: Installed) -> None:
    client = installed.client("boot", count=20, rate=10)
    client.join()
    installed.machine.switch_off()
    installed.machine.switch_on()

    eventually(installed.is_ready, 180, every=1)
    all_arrived(client, "boot")
