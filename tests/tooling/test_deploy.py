"""What deploy/ and its document promise, as far as it can be checked without installing it."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deploy.md").read_text()


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    text = (ROOT / "deploy" / name).read_text().replace("\\\n", " ")
    parser.read_string(text)
    return parser["Service"]


def test_the_worker_is_stopped_and_started_as_the_queue_needs_it() -> None:
    service = unit("leadops-worker.service")

    assert service["KillMode"] == "mixed"
    assert service["Restart"] == "always"
    assert int(service["TimeoutStopSec"]) >= 90


@pytest.mark.parametrize("name", ["leadops-web.service", "leadops-worker.service"])
def test_a_unit_starts_what_is_there(name: str) -> None:
    command = unit(name)["ExecStart"]

    assert command.startswith("/srv/leadops/.venv/bin/python ")
    assert "manage.py worker" in command or "-m gunicorn leadops.wsgi" in command


@pytest.mark.parametrize("name", sorted(set(re.findall(r"manage\.py (\w+)", GUIDE))))
def test_every_command_of_the_guide_exists(name: str) -> None:
    app = get_commands()[name]

    assert load_command_class(app, name) if isinstance(app, str) else app


@pytest.mark.parametrize("name", sorted(set(re.findall(r"deploy/[\w.-]+", GUIDE))))
def test_every_file_of_the_guide_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_nginx_reads_requests_completely_and_limits_them() -> None:
    lines = {line.strip() for line in (ROOT / "deploy" / "nginx.conf").read_text().splitlines()}

    assert {
        "client_max_body_size 1m;",
        "proxy_request_buffering on;",
        "proxy_next_upstream off;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
    } <= lines


@pytest.mark.parametrize(
    ("request_line", "is_logged"),
    [
        ("/in/SECRET/ POST /in/SECRET/ HTTP/1.1", False),
        ("/act/SECRET/4711/ GET /act/SECRET/4711/ HTTP/1.1", False),
        ("/act/SECRET/ GET /%61ct/SECRET/ HTTP/1.1", False),
        ("/act/SECRET/ GET //act/SECRET/ HTTP/1.1", False),
        ("/admin/ GET /admin/ HTTP/1.1", True),
        ("/help/act/ GET /help/act/ HTTP/1.1", True),
    ],
)
def test_no_log_of_nginx_names_a_secret_address(request_line: str, is_logged: bool) -> None:
    """By what its map is asked: the address as nginx reads it, and the request as it came."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    (pattern,) = re.findall(r'"~(.+)" 0;', text)

    assert (re.search(pattern, request_line) is None) == is_logged
    assert text.count("location /act/ {\n") == text.count("location /in/ {\n") == 2
