"""nginx with the configuration of deploy/, in front of a web process and without TLS."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests import packages
from tests.journeys.kit.system import ROOT, eventually
from tests.postgres import free_port


@dataclass(frozen=True)
class Front:
    """Where nginx listens, and where it writes."""

    port: int
    """In place of 443."""
    plain_port: int
    """In place of 80."""
    folder: Path

    @property
    def url(self) -> str:
        """Its address, which stands for the one with TLS."""
        return f"http://127.0.0.1:{self.port}"

    def logs(self) -> str:
        """All that it has written so far."""
        return "".join((self.folder / name).read_text() for name in ("access.log", "error.log"))


@contextlib.contextmanager
def nginx_before(
    web_port: int, folder: Path, *, balancers: str = "", **changed: str
) -> Iterator[Front]:
    """An nginx that runs; `changed` are lines of its configuration to be read otherwise, and
    `balancers` the network of those in front, for whom lines lose their comment's sign.
    """
    nginx = packages.find("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    front = Front(free_port(), free_port(), folder)
    text = configuration(front, web_port)
    if balancers:
        text = re.sub(r"^#(real_ip_header X-F|real_ip_rec)", r"\1", text, flags=re.MULTILINE)
        text = re.sub(r"^#(set_real_ip_from) .*;", rf"\1 {balancers};", text, flags=re.MULTILINE)
    for name, value in changed.items():
        text = re.sub(rf"\b{name}[ =][^; ]+", f"{name}{value}", text)
    (folder / "nginx.conf").write_text(text)
    command = [nginx, "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    subprocess.run([*command[:-2], "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command)
    try:
        eventually(lambda: is_up(f"{front.url}/healthz/live"))
        yield front
    finally:
        process.terminate()
        process.wait(10)


def configuration(front: Front, web_port: int) -> str:
    """What stands in deploy/, with this test's ports and folders."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"^ +(ssl_\w+ .*|listen \[::\].*)\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{front.port};")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{front.plain_port};")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{web_port}")
    text = text.replace("/var/log/nginx/access.log", f"{front.folder}/access.log")
    text = text.replace("X-Forwarded-Proto $scheme", "X-Forwarded-Proto https")
    folders = "".join(
        f"{kind}_temp_path {front.folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    top = f"pid {front.folder}/pid; error_log {front.folder}/error.log notice;\n"
    # As distributions ship it: what no server says otherwise is logged.
    logs = f"access_log {front.folder}/access.log;"
    return f"{top}worker_processes 1;\nevents {{}}\nhttp {{ {logs}\n{folders}{text}}}\n"


def is_up(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
