"""What deploy/ and its document promise, as far as it can be checked without installing it."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import yaml
from django.core.management import get_commands, load_command_class

from tests.journeys.kit.front import Front, nginx_before

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deploy.md").read_text()


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's manual says
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


def said_by_the_backup_container(folder: Path, hours: int, failing: int) -> list[str]:
    """Its commands within so many hours, each with the hour it is typed at. `failing` backups fail.

    `leadops`, `date` and `sleep` are stand-ins, with a clock in a file.
    """
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    shell, option, script = services["backup"]["entrypoint"]
    (folder / "clock").write_text("1000000")
    (folder / "failing").write_text(str(failing))
    programs = {
        "date": f"cat {folder}/clock",
        "sleep": f"now=$(($(cat {folder}/clock) + $1)); echo $now >{folder}/clock\n"
        f"[ $now -lt {1_000_000 + hours * 3600} ] || kill $PPID",
        "leadops": f'echo "$((($(cat {folder}/clock) - 1000000) / 3600)) $*" >>{folder}/said\n'
        f'case "$*" in *--verify) left=$(cat {folder}/failing)\n'
        f"echo $((left - 1)) >{folder}/failing; [ $left -le 0 ];; esac",
    }
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    subprocess.run(
        [shell, option, script.replace("$$", "$")],
        env={"PATH": f"{folder}:/usr/bin:/bin", "BACKUP_TO": "/backups"},
        timeout=120,
    )
    return (folder / "said").read_text().splitlines()


def test_the_backup_container_lists_the_erased_each_hour_and_backs_up_each_day(
    tmp_path: Path,
) -> None:
    said = said_by_the_backup_container(tmp_path, hours=50, failing=2)

    hours = [line.split()[0] for line in said if "--to /backups --erased-only" in line]
    assert hours == [str(hour) for hour in range(50)]
    assert [line for line in said if line.endswith(" --verify")] == [
        f"{hour} backup --to /backups --verify" for hour in (0, 1, 2, 26)
    ]


def test_nginx_reads_requests_completely_and_limits_them() -> None:
    lines = {line.strip() for line in (ROOT / "deploy" / "nginx.conf").read_text().splitlines()}

    assert {
        "client_max_body_size 1m;",
        "limit_req zone=leadops_logins burst=20 nodelay;",
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


class Anything(BaseHTTPRequestHandler):
    """A server behind nginx to which everything is right."""

    def do_GET(self) -> None:
        """200, with nothing."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx that lets two requests through, then one a minute."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Anything)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("nginx")
    try:
        with nginx_before(server.server_port, folder, rate="=1r/m", burst="=1") as front:
            yield front
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("shown", "varies", "codes"),
    [
        ({"Authorization": "Bearer one"}, "", [200, 200, 429]),
        ({"Authorization": "Token two"}, "", [200, 200, 429]),
        ({"X-API-Key": "three"}, "", [200, 200, 429]),
        ({"x-api-key": "four", "Authorization": "Bearer four"}, "", [200, 200, 429]),
        ({"X-API-Key": "five"}, "Authorization", [200, 200, 429]),
        ({"Authorization": "Bearer six"}, "X-API-Key", [200, 200, 429]),
        ({}, "X-API-Key", [200, 200, 200]),
        ({}, "Authorization", [200, 200, 200]),
        ({}, "", [200, 200, 429]),
    ],
)
def test_nginx_limits_a_site_by_whichever_header_its_key_is_in(
    front: Front, shown: dict[str, str], varies: str, codes: list[int]
) -> None:
    headers = [shown | ({varies: f"{varies}{shown}{n}"} if varies else {}) for n in range(3)]

    url = f"{front.url}/api/v1/leads/"
    answers = [requests.post(url, b"{}", headers=one, timeout=10).status_code for one in headers]

    assert answers == codes


@pytest.mark.parametrize("name", ["web", "worker", "backup", "erased"])
def test_a_unit_may_do_little(name: str, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        [
            *("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=30"),
            str(ROOT / "deploy" / f"leadops-{name}.service"),
        ],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout[-300:]


def make(target: str, folder: Path) -> None:
    """A target of the Makefile beside a Containerfile of its own, with an engine that notes."""
    (folder / "deploy").mkdir()
    for name in ("Makefile", "pyproject.toml", "deploy/Containerfile"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "podman").write_text(
        "#!/bin/sh\n"
        f'echo "$*" >> {folder}/asked\n'
        'case $1 in image) echo "docker.io/library/python@sha256:0123" ;; esac\n'
    )
    (folder / "podman").chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    subprocess.run(["make", "-s", target], cwd=folder, env=os.environ | {"PATH": path}, check=True)


def test_the_image_has_the_tag_of_its_version(tmp_path: Path) -> None:
    make("image", tmp_path)

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (
        f"--tag leadops:{version} --file deploy/Containerfile ." in (tmp_path / "asked").read_text()
    )
    assert f"leadops:{version}" in (ROOT / "deploy" / "compose.yaml").read_text()
    assert f"newTag: {version}" in (ROOT / "deploy" / "k8s" / "kustomization.yaml").read_text()


def test_a_pinned_base_has_the_digest_that_its_registry_names(tmp_path: Path) -> None:
    make("image-pin", tmp_path)

    written = (tmp_path / "deploy" / "Containerfile").read_text()
    base = "docker.io/library/python:3.11-slim-bookworm"
    assert f"ARG BASE={base}@sha256:0123\n" in written
    assert f"ARG BASE={base}\n" in (ROOT / "deploy" / "Containerfile").read_text()


def test_a_kustomization_is_read_by_kustomize(tmp_path: Path) -> None:
    """Every pod has the image of the registry and the secret of leadops.env, and all is valid."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    folder = tmp_path / "k8s"
    shutil.copytree(ROOT / "deploy" / "k8s", folder)
    shutil.copy(folder / "leadops.env.example", folder / "leadops.env")

    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, check=True)

    (tmp_path / "all.yaml").write_bytes(done.stdout)
    validate = Path(sys.executable).with_name("kubernetes-validate")
    subprocess.run([validate, "--strict", "--quiet", str(tmp_path / "all.yaml")], check=True)
    made = list(yaml.safe_load_all(done.stdout))
    assert {one["metadata"]["namespace"] for one in made if one["kind"] != "Namespace"} == {
        "leadops"
    }
    [secret] = [one["metadata"]["name"] for one in made if one["kind"] == "Secret"]
    pods = [one["spec"]["template"]["spec"] for one in made if "template" in one.get("spec", {})]
    containers = [container for pod in pods for container in pod["containers"]]
    assert len(containers) == 3
    for container in containers:
        assert container["image"].startswith("registry.example.com/leadops:")
        assert container["envFrom"] == [{"secretRef": {"name": secret}}]


def test_a_kustomization_names_files_that_are_there() -> None:
    folder = ROOT / "deploy" / "k8s"
    named = re.findall(r"^  - (\w+\.yaml)$", (folder / "kustomization.yaml").read_text(), re.M)

    assert {*named, "kustomization.yaml"} == {path.name for path in folder.glob("*.yaml")}
