"""docs/deploy.md, typed in word for word on a machine of its own: folder, PostgreSQL, programs.

Only what belongs to the machine is played: packages, accounts and systemd, whose units are started
as they are shipped. Paths and ports are those of the test.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer

from tests import postgres
from tests.databases import execute
from tests.environment import inherited
from tests.journeys.kit.system import eventually
from tests.postgres import Cluster, free_port

ROOT = Path(__file__).parents[2]
HOST = "leads.example.com"
PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}

PLAYED = {
    # Packages and accounts are the machine's.
    "apt-get": "exit 0",
    "adduser": "exit 0",
    "timedatectl": "exit 0",
    # The server trusts this machine; a password cannot be typed here.
    "createuser": 'for word; do name=$word; done; exec "$PROGRAMS/createuser" --createdb "$name"',
    "chown": "exit 0",
    # A virtual environment with everything in it is there already.
    "python3": 'if [ "$2" = venv ]; then exec ln -s "$VENV" "$3"; fi; exec "$PYTHON" "$@"',
    "sudo": """shift 2
case "$*" in
  *createsuperuser*) exec "$@" --no-input ;;
  *) exec "$@" ;;
esac""",
    "editor": 'cat "$ANSWERS" > "$1"',
    "nginx": "exit 0",
    "systemctl": 'exec "$PYTHON" "$SYSTEMCTL" "$@"',
}

SYSTEMCTL = """
import os, re, signal, subprocess, sys, time
from pathlib import Path

root = Path(os.environ["MACHINE"])

def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False

def command_of(name):
    unit = (root / "etc/systemd/system" / f"{name}.service").read_text()
    unit = unit.replace("\\\\\\n", " ")
    for folder in ("/srv/leadops", "/var/backups"):
        unit = unit.replace(folder, f"{root}{folder}")
    command = re.search(r"^ExecStart=(.*)$", unit, re.M)[1]
    return command.replace(":8000", f":{os.environ['WEB_PORT']}").split()

def tick(timer):
    # Its clock strikes once, when it is enabled.
    assert "OnCalendar=" in (root / "etc/systemd/system" / timer).read_text()
    subprocess.run(command_of(timer.removesuffix(".timer")), cwd=root / "srv/leadops", check=True)

def start(name):
    command = command_of(name)
    log = (root / f"{name}.log").open("ab")
    process = subprocess.Popen(command, cwd=root / "srv/leadops", stdout=log, stderr=log,
                               stdin=subprocess.DEVNULL, start_new_session=True)
    (root / f"{name}.pid").write_text(str(process.pid))

def stop(name):
    file = root / f"{name}.pid"
    if not file.exists():
        return
    pid = int(file.read_text())
    os.kill(pid, signal.SIGTERM)
    for _ in range(900):
        if not alive(pid):
            break
        time.sleep(0.1)
    else:
        sys.exit(f"{name} did not stop")
    file.unlink()

def main(verb, *names):
    units = [name for name in names if name.startswith("leadops")]
    for name in units:
        if name.endswith(".timer"):
            tick(name)
            continue
        if name.endswith(".socket"):
            # The web process is given its port by --bind here.
            assert "ListenStream=" in (root / "etc/systemd/system" / name).read_text()
            continue
        if verb == "reload":
            os.kill(int((root / f"{name}.pid").read_text()), signal.SIGHUP)
        if verb in ("stop", "restart"):
            stop(name)
        if verb in ("start", "restart", "enable"):
            start(name)

main(*[word for word in sys.argv[1:] if not word.startswith("--")])
"""


class S3:
    """Somebody else's server, with the bucket that the operator made there."""

    KEY, SECRET = "canary-of-a-key", "canary-of-a-secret"

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        requests.put(f"{self.url}/leadops-backups", timeout=20).raise_for_status()

    def names(self) -> list[str]:
        """What lies there."""
        answer = requests.get(f"{self.url}/leadops-backups?list-type=2", timeout=20)
        return re.findall(r"<Key>(.*?)</Key>", answer.text)


class Machine:
    """A folder that stands for a machine, and a shell on it."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder, self.cluster = folder, cluster
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.s3 = S3()
        for name in ("srv", "var/backups", "etc/systemd/system", "etc/nginx/sites-available"):
            (folder / name).mkdir(parents=True)
        (folder / "etc/nginx/sites-enabled").mkdir()
        (folder / "bin").mkdir()
        for name, text in PLAYED.items():
            program = folder / "bin" / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (folder / "systemctl.py").write_text(SYSTEMCTL)
        (folder / "answers.env").write_text(self.answers())

    def answers(self) -> str:
        """What an operator writes into .env."""
        database = f"postgres://leadops:password@127.0.0.1:{self.cluster.port}/leadops"
        return (
            "SECRET_KEY=ziemlich-lang-und-nur-fuer-diesen-einen-test-0123456789\n"
            "FIELD_KEYS=dGVzdHMtb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OTA=\n"
            f"PUBLIC_URL=https://{HOST}\nDATABASE_URL={database}\n"
            f"EMAIL_URL=filemail://{self.folder}/mail\nWORKERS=1\n"
            f"S3_ENDPOINT_URL={self.s3.url}\nAWS_REGION=us-east-1\n"
            f"AWS_ACCESS_KEY_ID={S3.KEY}\nAWS_SECRET_ACCESS_KEY={S3.SECRET}\n"
        )

    def environment(self) -> dict[str, str]:
        programs = self.cluster.programs
        return inherited() | {
            "PATH": f"{self.folder}/bin:{programs}:{os.environ['PATH']}",
            "PROGRAMS": str(programs),
            "PYTHON": sys.executable,
            "VENV": str(Path(sys.prefix)),
            "MACHINE": str(self.folder),
            "SYSTEMCTL": str(self.folder / "systemctl.py"),
            "ANSWERS": str(self.folder / "answers.env"),
            "WEB_PORT": str(self.port),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.cluster.port),
            "PGUSER": "postgres",
            "DJANGO_SUPERUSER_USERNAME": "ana",
            "DJANGO_SUPERUSER_EMAIL": "ana@example.com",
            "DJANGO_SUPERUSER_PASSWORD": "a-long-password",
        }

    def type(self, block: str) -> str:
        """Type a block of the guide in; what it prints. A command that fails ends it."""
        for there in ("/srv/leadops", "/var/backups", "/etc/systemd", "/etc/nginx"):
            block = block.replace(there, f"{self.folder}{there}")
        block = block.replace("REPOSITORY", str(ROOT)).replace(":8000", f":{self.port}")
        inside = self.folder / "srv/leadops"
        done = subprocess.run(
            ["bash", "-euxc", block],
            cwd=inside if inside.is_dir() else self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr[-3000:]}"
        assert S3.KEY not in done.stdout + done.stderr
        assert S3.SECRET not in done.stdout + done.stderr
        return done.stdout

    def post(self, key: str, name: str) -> requests.Response:
        return requests.post(
            f"{self.url}/api/v1/leads/",
            json={"contact_name": name},
            headers=PROXY | {"Authorization": f"Bearer {key}"},
            timeout=20,
        )

    def names(self) -> list[str]:
        """Who is in the database."""
        query = "SELECT name FROM leads_lead ORDER BY id"
        url = self.cluster.url.replace("/postgres", "/leadops").replace("leadops@", "postgres@")
        return [name for (name,) in execute(url, query)]

    def is_up(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz/ready", headers=PROXY, timeout=5).ok
        except requests.RequestException:
            return False

    def switch_off(self) -> None:
        """End whatever still runs."""
        for file in self.folder.glob("*.pid"):
            try:
                os.killpg(int(file.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.s3.server.stop()


def blocks(heading: str) -> list[str]:
    """The shell commands under a heading of the guide."""
    guide = (ROOT / "docs" / "deploy.md").read_text()
    part = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", guide, re.M | re.S)
    assert part, f"the guide has no heading {heading!r}"
    return re.findall(r"^```sh\n(.*?)^```", part[1], re.M | re.S)


@pytest.fixture
def machine(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    monkeypatch.setattr(postgres, "USER", "postgres")
    cluster = Cluster()
    cluster.create()
    machine = Machine(tmp_path, cluster)
    try:
        yield machine
    finally:
        machine.switch_off()
        cluster.remove()


@pytest.mark.long
def test_the_guide_installs_upgrades_backs_up_and_restores(machine: Machine) -> None:
    for heading in ("1. Programs and the code", "2. PostgreSQL", "3. Environment"):
        for block in blocks(heading):
            machine.type(block)
    [units] = blocks("4. systemd")
    start, ask = units.rsplit("curl", 1)
    machine.type(start)
    eventually(machine.is_up, seconds=60)
    machine.type(f"curl{ask}")
    for block in blocks("5. nginx"):
        machine.type(block)
    key = machine.type(blocks("6. The first site")[0]).strip()
    assert machine.post(key, "Ada").status_code == 202

    for block in blocks("Upgrading"):
        machine.type(block)
    eventually(machine.is_up, seconds=60)
    assert machine.post(key, "Ben").status_code == 202

    backup, timers, restore = blocks("Backup and restore")
    assert "the figures agree" in machine.type(backup)
    machine.type(timers)
    assert machine.post(key, "Eva").status_code == 202
    assert machine.names() == ["Ada", "Ben", "Eva"]

    machine.type(restore)

    eventually(machine.is_up, seconds=60)
    assert machine.names() == ["Ada", "Ben"]
    waiting = (machine.folder / "var/backups/again.txt").read_text()
    assert len(waiting.splitlines()) == 2
    assert machine.post(key, "Eva").status_code == 202

    install_and_back_up, timers, restore = blocks("Backups in S3")
    said = machine.type(install_and_back_up)
    assert "the figures agree. Read back" in said
    assert machine.post(key, "Max").status_code == 202
    machine.type(timers)
    assert [name.rpartition(".")[2] for name in machine.s3.names()] == ["dump", "json"] * 2 + [
        "txt"
    ]

    machine.type(restore)

    eventually(machine.is_up, seconds=60)
    assert machine.names() == ["Ada", "Ben", "Eva", "Max"]
