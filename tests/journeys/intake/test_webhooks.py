"""Form tools behind a real nginx: read right, once, and the secret of their address in no log."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.journeys.kit.front import Front, nginx_before
from tests.journeys.kit.system import BOOT, ROOT, System, eventually
from tests.postgres import free_port

PAYLOADS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "leads" / "intake" / "senders" / "payloads.json").read_text()
)
NOBODYS = "nobodys-address-0123456789abcdef"
HTTPS = {"X-Forwarded-Proto": "https"}
NEW_SOURCE = """
from django.utils import timezone
site = Site.objects.get(name="Shop")
source = Source.objects.create(site=site, name={name!r}, chosen={chosen!r})
print(SourceAddress.objects.issue(source, timezone.now()).secret)
"""


@dataclass
class Production:
    """gunicorn as deploy/ starts it, its logs and all, and nginx in front of it."""

    system: System
    front: Front

    def post(self, secret: str, body: bytes, **headers: str) -> requests.Response:
        """A post of a form tool."""
        url = f"{self.front.url}/in/{secret}/"
        return requests.post(url, data=body, headers=headers, timeout=20)

    def source(self, name: str, chosen: dict[str, str] | None = None) -> str:
        """A new source of the site; the secret of its address."""
        return self.system.shell(NEW_SOURCE.format(name=name, chosen=chosen or {})).strip()

    def logs(self) -> dict[str, str]:
        """What every process has written, by its name; and the page for Prometheus."""
        folder = self.front.folder
        web = {name: (folder / name).read_text() for name in ("web-access.log", "web-error.log")}
        said = {name: self.system.log(name) for name in self.system.processes}
        token = {"Authorization": "Bearer metrics"}
        url = f"{self.front.url}/metrics"
        metrics = requests.get(url, headers=token, timeout=10)
        assert metrics.ok
        return web | said | {"nginx": self.front.logs(), "metrics": metrics.text}


@pytest.fixture
def production(system: System, tmp_path: Path) -> Iterator[Production]:
    with (
        web_process(system, tmp_path) as port,
        nginx_before(port, tmp_path, proxy_read_timeout=" 2s") as front,
    ):
        yield Production(system, front)


@contextlib.contextmanager
def web_process(system: System, folder: Path) -> Iterator[int]:
    """gunicorn with every log that it has; the port."""
    port, name = free_port(), "production"
    environment = {
        "DEBUG": "false",
        "PUBLIC_URL": "https://leads.example.com",
        "ALLOWED_HOSTS": "127.0.0.1,leads.example.com",
        "METRICS_TOKEN": "metrics",
    }
    logs = [f"--access-logfile={folder}/web-access.log", f"--error-logfile={folder}/web-error.log"]
    options = ["-k", "gthread", "--threads", "8", "--bind", f"127.0.0.1:{port}", *logs]
    gunicorn = [sys.executable, "-m", "gunicorn", "leadops.wsgi", "--no-control-socket"]
    system.run_as(name, environment, *gunicorn, *options, cwd=ROOT)
    try:
        eventually(lambda: system.answers(f"http://127.0.0.1:{port}/healthz/ready"), BOOT)
        yield port
    finally:
        web = system.processes.pop(name)
        web.terminate()
        web.wait(40)


@contextlib.contextmanager
def hanging(system: System) -> Iterator[None]:
    """The web process takes connections and does nothing."""
    group = system.processes["production"].pid
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def broken(system: System) -> None:
    """Have every post to a source end in a fault of ours."""
    system.sql("UPDATE leads_source SET signature_algorithm = 'none', signature_header = 'X-S'")


def test_the_secret_of_an_address_is_in_no_log_whatever_is_answered(
    production: Production,
) -> None:
    system, secret = production.system, production.source("Form")
    lead, huge = b'{"name": "Ada", "email": "ada@example.com"}', b"x" * (1024 * 1024 + 1)
    codes = [
        production.post(secret, lead).status_code,
        production.post(f"{secret}?token={secret}", lead).status_code,
        production.post(NOBODYS, lead).status_code,
        production.post(secret, huge).status_code,
        production.post(secret, gzip.compress(huge), **{"Content-Encoding": "gzip"}).status_code,
        requests.get(f"{production.front.url}/%69n/{secret}/", timeout=10).status_code,
        requests.delete(f"{production.front.url}//in/{secret}/", timeout=10).status_code,
    ]
    system.sql("UPDATE leads_site SET quota = 1")
    # Two of three are in one minute, whenever the next begins.
    codes += [production.post(secret, b'{"name": "%d"}' % n).status_code for n in range(3)]
    system.sql("UPDATE leads_site SET quota = 0")
    with hanging(system):
        codes.append(production.post(secret, b'{"name": "Eva"}').status_code)
    broken(system)
    codes.append(production.post(secret, b'{"name": "Ben"}').status_code)
    plain = f"http://127.0.0.1:{production.front.plain_port}/in/{secret}/"
    codes.append(requests.post(plain, data=lead, allow_redirects=False, timeout=10).status_code)
    requests.get(f"{production.front.url}/help/nowhere/", timeout=10)

    assert {200, 404, 413, 429, 503, 500, 405, 308} <= set(codes), codes
    logs = production.logs()
    told = {name for name, text in logs.items() if secret in text or NOBODYS in text}
    assert told == set()
    assert "/help/nowhere/" in logs["nginx"]
    assert "/in/***" in logs["web-access.log"]
    assert "/in/***" in logs["production"]  # where the trace of the fault is


def test_a_flood_that_nginx_stops_is_in_no_log_either(system: System, tmp_path: Path) -> None:
    with (
        web_process(system, tmp_path) as port,
        nginx_before(port, tmp_path, rate="=1r/m", burst="=1") as front,
    ):
        url = f"{front.url}/in/{NOBODYS}/"
        codes = [requests.post(url, data=b"", timeout=10).status_code for _ in range(4)]
        codes.append(requests.post(f"{front.url}/api/v1/leads/", timeout=10).status_code)
        # nginx writes a line once the answer has left.
        logs = eventually(lambda: front.logs() if "/api/v1/leads/" in front.logs() else "")

    assert codes[2:4] == [429, 429]
    assert NOBODYS not in logs


LED_ON = {
    "/api/v1/leads/?a=b&c=%20d": 308,
    "/f/token/?a=b": 308,
    "/f/token/started/": 308,
    "/in/secret/?a=b": 308,
    "/in/secret": 308,
    "/admin/?a=b": 301,
    "/": 301,
}


def test_over_http_a_post_is_led_on_as_a_post(system: System, tmp_path: Path) -> None:
    found = {}
    with nginx_before(system.web_port, tmp_path) as front:
        for path in LED_ON:
            url = f"http://127.0.0.1:{front.plain_port}{path}"
            answer = requests.post(url, data=b"a=b", allow_redirects=False, timeout=10)
            found[path] = (answer.status_code, answer.headers["Location"])

    assert found == {path: (code, f"https://127.0.0.1{path}") for path, code in LED_ON.items()}


def stored(system: System) -> dict[str, tuple[str, str, str, bool]]:
    """Name, e-mail address, digits of the phone number, and whether it is a test, by source."""
    rows = system.sql(
        "SELECT s.name, l.name, l.email, l.phone, l.is_test FROM leads_lead l"
        " JOIN leads_source s ON s.id = l.webhook_source_id ORDER BY l.id"
    )
    assert len({row[0] for row in rows}) == len(rows), "a source has two leads"
    return {
        source: (name, email, re.sub(r"\D", "", phone), bool(is_test))
        for source, name, email, phone, is_test in rows
    }


def test_what_real_tools_post_through_nginx_is_read_right_and_once(
    production: Production,
) -> None:
    secrets = {
        payload["slug"]: production.source(
            payload["slug"], {field: path for path, field in payload.get("chosen", {}).items()}
        )
        for payload in PAYLOADS
    }
    for _again in range(2):
        for payload in PAYLOADS:
            headers = payload["headers"] | {"Content-Type": payload["content_type"]}
            body = payload["body"].encode()
            answer = production.post(secrets[payload["slug"]], body, **headers)
            assert answer.status_code == 200, (payload["slug"], answer.text)

    found = stored(production.system)

    wrong = {}
    for payload in PAYLOADS:
        expected, (name, email, digits, is_test) = payload["expect"], found[payload["slug"]]
        is_right = (name, email) == (expected["name"], expected["email"])
        is_right &= digits.endswith(expected.get("phone_digits_end", ""))
        if not is_right or is_test != payload["slug"].startswith("google"):
            wrong[payload["slug"]] = found[payload["slug"]]
    assert wrong == {}
    reasons = production.system.sql(
        "SELECT reason FROM leads_lead WHERE source = 'webhook' AND status = 'failed'"
    )
    assert reasons == []
