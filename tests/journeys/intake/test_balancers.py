"""Behind load balancers: whose address reaches LeadOps through nginx and through Caddy."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import yaml
from django.test import RequestFactory
from pytest_django import Settings

from leadops import env
from leads.networks import client_address
from tests import packages
from tests.journeys.kit.front import is_up, nginx_before
from tests.journeys.kit.system import ROOT, eventually
from tests.postgres import free_port

VISITOR, CLAIMED = "198.51.100.7", "192.0.2.66"
ADDED = f"{CLAIMED}, {VISITOR}"
"""What a balancer sends on: what a visitor claims, and whom it saw."""
HERE, ELSEWHERE = "127.0.0.0/8", "10.0.0.0/8"
CADDYFILE = ROOT / "deploy" / "Caddyfile"
CADDY = "172.31.13.5"
"""An address of compose's network."""


class Heard(ThreadingHTTPServer):
    """In LeadOps' place: it keeps what it was told of the sender."""

    last: tuple[str, str] = ("", "")
    """X-Forwarded-For and X-Forwarded-Proto."""


class Handler(BaseHTTPRequestHandler):
    """200, whatever is asked."""

    def do_GET(self) -> None:
        """Keep the headers."""
        assert isinstance(self.server, Heard)
        said = (self.headers.get_all(f"X-Forwarded-{name}", []) for name in ("For", "Proto"))
        for_whom, how = (", ".join(values) for values in said)
        self.server.last = for_whom, how
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def web() -> Iterator[Heard]:
    server = Heard(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def from_balancer(url: str) -> None:
    """A visitor's request, as a balancer on this machine sends it on."""
    headers = {"X-Forwarded-For": ADDED, "X-Forwarded-Proto": "https"}
    assert requests.get(f"{url}/help/", headers=headers, timeout=10).status_code == 200


@contextlib.contextmanager
def caddy_before(web: Heard, folder: Path, balancers: str) -> Iterator[str]:
    """Caddy as compose starts it, but for TLS; its address."""
    caddy = packages.find("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed")
    port = free_port()
    settings = {
        "LEADOPS_SCHEME": "http://",
        "LEADOPS_HOST": f"127.0.0.1:{port}",
        "LEADOPS_WEB": f"127.0.0.1:{web.server_port}",
        "LEADOPS_BALANCERS": balancers,
    }
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            [caddy, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"],
            env=os.environ | settings | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)},
            stderr=log,
        )
    try:
        eventually(lambda: is_up(f"http://127.0.0.1:{port}/healthz/live"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize(("balancers", "seen"), [("", "127.0.0.1"), (HERE, VISITOR)])
def test_nginx_passes_on_whom_a_balancer_saw(
    web: Heard, tmp_path: Path, balancers: str, seen: str
) -> None:
    with nginx_before(web.server_port, tmp_path, balancers=balancers) as front:
        from_balancer(front.url)

    assert web.last[0] == seen


@pytest.mark.parametrize(
    ("balancers", "told", "visitor"),
    [
        ("", ("127.0.0.1", "http"), "127.0.0.1"),
        (ELSEWHERE, ("127.0.0.1", "http"), "127.0.0.1"),
        (HERE, (f"{ADDED}, 127.0.0.1", "https"), VISITOR),
        (f"{ELSEWHERE} {HERE}", (f"{ADDED}, 127.0.0.1", "https"), VISITOR),
    ],
)
def test_caddy_and_leadops_believe_the_balancers_that_are_named(
    web: Heard,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    balancers: str,
    told: tuple[str, str],
    visitor: str,
) -> None:
    with caddy_before(web, tmp_path, balancers) as url:
        from_balancer(url)
    assert web.last == told

    monkeypatch.setenv("TRUSTED_PROXIES", composed("web", LEADOPS_BALANCERS=balancers))
    settings.TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", default="")
    headers = {"X-Forwarded-For": web.last[0]}
    request = RequestFactory().get("/", REMOTE_ADDR=CADDY, headers=headers)
    assert client_address(request) == visitor


def composed(service: str, **values: str) -> str:
    """What compose gives a service as TRUSTED_PROXIES, with these values in deploy/.env."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    text: str = services[service]["environment"]["TRUSTED_PROXIES"]
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda said: values.get(said[1]) or said[2], text)


def test_compose_gives_caddy_the_same_balancers() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]

    assert services["proxy"]["environment"]["LEADOPS_BALANCERS"] == "${LEADOPS_BALANCERS:-}"
    assert services["proxy"]["environment"]["LEADOPS_SCHEME"] == "${LEADOPS_SCHEME:-}"
