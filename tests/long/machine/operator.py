"""Somebody who installs LeadOps on a machine by the guide, and what stands around that machine."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.journeys.kit.system import ROOT, Staff, eventually
from tests.long.machine.machine import Machine

HOST = "leads.example.com"
MAIL_PORT, ZOHO_PORT = 2525, 9000
ZOHO = f"http://127.0.0.1:{ZOHO_PORT}"
REPOSITORY = "/repository.git"
PASSWORD = "a-long-password-of-the-database"
KNOWN = {
    "EMAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}",
    # Zoho's stand-in is no data centre of Zoho's.
    "ZOHO_ACCOUNTS_URL": ZOHO,
    "ZOHO_OTHER_ADDRESSES": "any",
}
"""What the operator writes into .env, besides what the guide has in it."""
EDITOR = """#!/bin/sh
# Somebody who writes the settings of /root/settings into a file.
while IFS= read -r line; do
    sed -i "/^#*${line%%=*}=/d" "$1"
    printf '%s\\n' "$line" >> "$1"
done < /root/settings
"""
ANSWERS = {
    "[Y/n]": "y",
    "Enter password for new role:": PASSWORD,
    "Enter it again:": PASSWORD,
    "(leave blank to use 'leadops'):": "ana",
    "Email address:": "ana@example.com",
    "Password:": "a-long-password",
    "Password (again):": "a-long-password",
}
"""By the ends of questions."""


class Operator:
    """Types in what the guide says; `commands` counts it."""

    url = f"https://{HOST}"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.commands = 0
        self.began = time.monotonic()
        self._bring_the_code()
        self.write_settings(KNOWN)
        machine.write("/usr/local/bin/editor", EDITOR)
        machine.run("chmod", "755", "/usr/local/bin/editor")

    def _bring_the_code(self) -> None:
        """Where `git clone` finds it."""
        bare = self.machine.folder / "repository.git"
        if not bare.exists():
            clone = ["git", "clone", "--quiet", "--bare", str(ROOT), str(bare)]
            subprocess.run(clone, check=True, capture_output=True)
        pack = subprocess.run(["tar", "-C", str(bare), "-c", "."], check=True, capture_output=True)
        self.machine.run("mkdir", "-p", REPOSITORY)
        subprocess.run(
            self.machine.inside("tar", "-C", REPOSITORY, "--no-same-owner", "-x"),
            input=pack.stdout,
            check=True,
        )

    def write_settings(self, settings: dict[str, str]) -> None:
        """What is typed in the editor."""
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        self.machine.write("/root/settings", lines)

    def type(self, block: str) -> str:
        """Type a block of the guide in; what the terminal shows."""
        self.commands += count(block)
        typed = block.replace("REPOSITORY", REPOSITORY)
        began = time.monotonic()
        shown = self.machine.type(typed, ANSWERS, cwd="/srv/leadops")
        first = block.strip().splitlines()[0]
        print(f"{time.monotonic() - began:6.0f} s  {count(block):2} commands  {first} …")
        return shown

    def believe(self, certificate: str) -> None:
        """Have this process and the machine trust the certificate that nobody signed."""
        text = self.machine.run("cat", certificate)
        (self.machine.folder / "certificate.pem").write_text(text)
        all_certificates = "/etc/ssl/certs/ca-certificates.crt"
        known = self.machine.run("cat", all_certificates)
        self.machine.write(all_certificates, known + text)

    def connect_zoho(self) -> None:
        """In the admin, as connect.md says: by a self client's code."""
        code = requests.post(f"{ZOHO}/sandbox/grants", json={}, timeout=30).json()["code"]
        staff = Staff(self)
        page = re.search(r"/admin/leads/destination/\d+/", staff.get("/admin/leads/destination/"))
        assert page
        answer = staff.submit(
            f"{page[0]}connect/",
            data_centre="other",
            address=ZOHO,
            client_id="1000.SANDBOX",
            client_secret="sandbox-secret",
            code=code,
            way="code",
        )
        assert "Connected with Zoho" in answer.text

    def post(self, key: str, name: str) -> str:
        """Post a lead; its id."""
        answer = requests.post(
            f"{self.url}/api/v1/leads/",
            json={"contact_name": name, "email": f"{name.lower()}@example.com"},
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])


def count(block: str) -> int:
    """How many commands are typed: those that && joins are several."""
    joined = re.sub(r"\\\n", " ", block)
    lines = [line for line in joined.splitlines() if shlex.split(line, comments=True)]
    return sum(len(line.split(" && ")) for line in lines)


def emails() -> list[str]:
    """Whom Zoho's stand-in holds."""
    answer = requests.get(f"{ZOHO}/sandbox/records?module=Leads", timeout=60)
    return sorted(record["Email"] for record in answer.json()["records"])


def arrives(email: str) -> None:
    """Wait until a lead is in Zoho."""
    eventually(lambda: email in emails(), 120, every=0.5)


def surroundings(machine: Machine, folder: Path) -> None:
    """Zoho's stand-in and a mail server, on the machine's network."""
    zoho = ("--port", str(ZOHO_PORT), "--store", str(folder / "zoho.sqlite3"))
    machine.beside(sys.executable, "-m", "zoho.sandbox", *zoho)
    mail = ("--nosetuid", "--listen", f"127.0.0.1:{MAIL_PORT}", "--class", "aiosmtpd.handlers.Sink")
    machine.beside(sys.executable, "-m", "aiosmtpd", *mail)
    eventually(lambda: is_there(f"{ZOHO}/sandbox/ledger"), 60)


def is_there(url: str) -> bool:
    """Whether somebody answers with a 2xx."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def knows_the_name(look_up: Callable[..., Any]) -> Callable[..., Any]:
    """A `getaddrinfo` to which the machine's name is 127.0.0.1."""

    def getaddrinfo(host: Any, *more: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if host == HOST else host, *more, **options)

    return getaddrinfo
