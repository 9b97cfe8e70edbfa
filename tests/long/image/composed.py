"""deploy/compose.yaml, run by podman-compose over podman on this machine's network.

Where bridges, systemd or one hierarchy of control groups are missing, podman runs containers all
the same: `here.yaml` says what is otherwise, and health checks are asked by us.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.journeys.kit.system import ROOT, eventually
from tests.postgres import end_with_parent, free_port

HERE = Path(__file__).parent
PODMAN_COMPOSE = "podman-compose==1.6.0"
BASE = "localhost/leadops-base"
PARTS = "localhost/leadops-parts"
PROJECT = "leadopstest"
GUIDE = ROOT / "deploy" / "containers.md"
DOCKER_COMPOSE = 'test "$1 $2 $3" = "compose -f deploy/compose.yaml" || exit 64'
LIMITS = "--cgroups=disabled --ulimit nofile=20000:20000 --ulimit nproc=10000:10000"
"""What podman must be told where it may not set more."""
# crun reads no hybrid hierarchy of control groups: in a space of mounts of its own there is none.
# It is one for all commands, as what a container runs on is mounted there.
ALONE = ("unshare", "--mount", "sh", "-c", "umount /sys/fs/cgroup/unified; exec sleep infinity")
INSIDE = ("sh", "-c", 'cd "$0" && exec "$@"', str(ROOT))
CERTIFICATES = ("--volume", "/etc/ssl/certs:/etc/ssl/certs:ro")
"""Whom this machine believes, its own package mirror among them."""


class Images:
    """Where images lie, and how they are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.alone = subprocess.Popen(ALONE, preexec_fn=end_with_parent)
        self.configuration = folder / "storage.conf"
        self.configuration.write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/storage"\n'
            f'runroot = "{folder}/run"\n'
        )

    def inside(self, *command: str) -> list[str]:
        """A command that is run where containers are."""
        return ["nsenter", f"--mount=/proc/{self.alone.pid}/ns/mnt", *INSIDE, *command]

    @property
    def environment(self) -> dict[str, str]:
        """What its programs are told."""
        return os.environ | {
            "CONTAINERS_STORAGE_CONF": str(self.configuration),
            "PYTHONPATH": str(self.folder / "packages"),
        }

    def run(self, *command: str, **environment: str) -> str:
        """What a command of podman's or buildah's prints; its failure ends the test."""
        done = subprocess.run(
            self.inside(*command),
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def has(self, image: str) -> bool:
        """Whether it was made before."""
        return bool(self.run("buildah", "images", "--quiet", "--filter", f"reference={image}"))

    def make_base(self) -> None:
        """Debian 12 with its Python, by debootstrap."""
        if self.has(BASE):
            return
        root = self.folder / "debian"
        shutil.rmtree(root, ignore_errors=True)
        wanted = "--include=python3,python3-venv,ca-certificates"
        mirror = "http://deb.debian.org/debian"
        self.run("debootstrap", "--variant=minbase", wanted, "bookworm", str(root), mirror)
        self.run("tar", "-C", str(root), "-cf", f"{self.folder}/debian.tar", ".")
        self.run("podman", "import", f"{self.folder}/debian.tar", BASE)

    def code_of(self, commit: str) -> Path:
        """The files of a commit, in a folder of their own."""
        folder = self.folder / commit
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        git = ["git", "-C", str(ROOT), "archive", commit]
        packed = subprocess.run(git, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-C", str(folder), "-x"], input=packed, check=True)
        return folder

    def build(self, tag: str, file: Path, context: Path, *options: str) -> None:
        """Build an image without an engine, and with what this machine reaches."""
        self.run(
            *("buildah", "build", "--format=docker", "--isolation=chroot", "--layers"),
            *("--build-arg", f"BASE={BASE}", "--tag", tag, "--file", str(file)),
            *("--volume", "/etc/resolv.conf:/etc/resolv.conf:ro", *options, str(context)),
        )

    def reach(self) -> dict[str, str]:
        """What has an engine, other than buildah above, build with what this machine has."""
        volumes = ["/etc/resolv.conf:/etc/resolv.conf:ro", CERTIFICATES[1]]
        told = self.folder / "containers.conf"
        told.write_text(f"[containers]\nvolumes = {json.dumps(volumes)}\n")
        return {
            "CONTAINERS_CONF": str(told),
            "BUILDAH_ISOLATION": "chroot",
            "BUILDAH_FORMAT": "docker",
        }

    def install_compose(self) -> None:
        """podman-compose, beside everything else."""
        if not (self.folder / "packages" / "podman_compose.py").exists():
            pip = (sys.executable, "-m", "pip", "-qqq", "--disable-pip-version-check")
            target = ("--target", str(self.folder / "packages"))
            subprocess.run([*pip, "install", *target, PODMAN_COMPOSE], check=True)


class Composed:
    """The services of deploy/compose.yaml as containers."""

    def __init__(self, images: Images, image: str, sandbox_port: int) -> None:
        self.images = images
        ports = {name: free_port() for name in ("DATABASE_PORT", "PROXY_PORT", "WEB_PORT")}
        self.url = f"http://127.0.0.1:{ports['PROXY_PORT']}"
        self.variables = {name: str(port) for name, port in ports.items()} | {
            "LEADOPS_HOST": "127.0.0.1",
            "EMAIL_URL": "filemail:///data/mail",
            "DATABASE_PASSWORD": "only-for-tests",
            "LEADOPS_IMAGE": image,
            "SANDBOX_PORT": str(sandbox_port),
        }
        self.settings: Path | None = None
        """Where deploy/.env is, if it is written."""
        file = (ROOT / "deploy" / "compose.yaml").read_text()
        self.services: dict[str, Any] = yaml.safe_load(file)["services"]

    @property
    def program(self) -> list[str]:
        """`docker compose -f deploy/compose.yaml`, as podman-compose has it."""
        values = [f"--env-file={self.settings}"] if self.settings else []
        return [
            *(sys.executable, "-m", "podman_compose", "--in-pod=false", "-p", PROJECT, *values),
            *(f"--podman-run-args={LIMITS}", "-f", str(ROOT / "deploy" / "compose.yaml")),
            *("-f", str(HERE / "here.yaml")),
        ]

    def compose(self, *arguments: str) -> str:
        """What `docker compose …` prints."""
        return self.images.run(*self.program, *arguments, **self.variables)

    def play(self, folder: Path, **programs: str) -> dict[str, str]:
        """Variables under which a shell finds programs of the guide that this machine lacks."""
        there = folder / "bin"
        there.mkdir(exist_ok=True)
        docker = f'{DOCKER_COMPOSE}\nshift 3\nexec {shlex.join(self.program)} "$@"'
        for name, text in ({"docker": docker} | programs).items():
            (there / name).write_text(f"#!/bin/sh\n{text}\n")
            (there / name).chmod(0o755)
        return self.variables | {"PATH": f"{there}:{os.environ['PATH']}"}

    def type(self, block: str, folder: Path) -> str:
        """What a block of deploy/containers.md prints, typed in word for word in a folder."""
        typed = f"cd {shlex.quote(str(folder))}\n{block}"
        return self.images.run("sh", "-euc", typed, **self.play(folder))

    def up(self, *services: str) -> None:
        """Start services, and wait until they are healthy, or have ended well."""
        self.compose("up", "--detach", "--no-deps", *services)
        for service in services:
            if "healthcheck" in self.services[service]:
                eventually(partial(self.is_healthy, service), 180, every=1)
            elif self.services[service].get("command") == ["migrate"] or service == "init":
                assert self.podman("wait", name_of(service)).strip() == "0", self.log(service)

    def up_on_database(self) -> None:
        """Start everything else but backups, as the services depend on each other."""
        for services in (("init",), ("migrate",), ("web", "worker", "proxy")):
            self.up(*services)

    def is_healthy(self, service: str) -> bool:
        """Whether the health check of compose.yaml succeeds in the container."""
        try:
            self.podman(
                "exec", name_of(service), *self.services[service]["healthcheck"]["test"][1:]
            )
        except AssertionError:
            return False
        return True

    def podman(self, *arguments: str) -> str:
        """What podman prints."""
        return self.images.run("podman", *arguments)

    def leadops(self, *words: str) -> str:
        """What `leadops …` prints in the web container."""
        return self.podman("exec", name_of("web"), "leadops", *words)

    def asked(self, question: str) -> str:
        """What the database answers."""
        psql = ("psql", "--username=leadops", "-tAc", question)
        return self.podman("exec", name_of("database"), *psql).strip()

    def image_of(self, service: str) -> str:
        """What a container was made from."""
        return self.podman("inspect", "--format", "{{.ImageName}}", name_of(service))

    def log(self, service: str) -> str:
        """What a container said."""
        return self.podman("logs", "--tail", "30", name_of(service))

    def kill(self, service: str) -> None:
        """kill -9 of its first process; it is started again as its restart policy says."""
        pid = int(self.podman("inspect", "--format", "{{.State.Pid}}", name_of(service)))
        os.kill(pid, 9)
        time.sleep(1)
        if self.podman("inspect", "--format", "{{.State.Running}}", name_of(service)) != "true\n":
            self.podman("start", name_of(service))

    def remove(self) -> None:
        """Everything but the images."""
        self.compose("down", "--volumes", "--timeout", "5")


def blocks(heading: str) -> list[str]:
    """The commands that deploy/containers.md prints below a heading."""
    part = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", GUIDE.read_text(), re.M | re.S)
    assert part, f"the guide has no heading {heading!r}"
    return re.findall(r"^```sh\n(.*?)^```", part[1], re.M | re.S)


def name_of(service: str) -> str:
    """The container of a service."""
    return f"{PROJECT}_{service}_1"
