"""The way of deploy/containers.md from a machine with an engine to the first lead, typed in."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.client import Client
from tests.journeys.kit.system import eventually
from tests.long.image.composed import BASE, Composed, Images, blocks, name_of
from tests.long.image.test_composed import emails
from tests.long.machine.machine import Dialogue, take_terminal
from tests.long.machine.operator import ANSWERS

OFFICIAL = "docker.io/library/python:3.11-slim-bookworm"
"""What the Containerfile builds upon: a Debian 12 with its Python takes its place."""
VALUES = ("LEADOPS_HOST", "EMAIL_URL", "DATABASE_PASSWORD")
MOST_COMMANDS = 3
DOCKER = """shift 3
if [ "$*" = "up --detach --build" ]; then
    {program} "$@" database init migrate web worker proxy
    until [ "$(podman wait {migrate})" = 0 ]; do podman start {migrate}; sleep 1; done
    set -- up --detach --no-deps backup
fi
exec {program} "$@"
"""
"""`docker compose` where podman 4.3 starts nothing that depends on what has to depend: migrate does
not wait for the database and is tried again until it is there, backups are started behind the
others, once the schema is.
"""


@pytest.fixture
def machine(images: Images, zoho: str, tmp_path: Path) -> Iterator[Composed]:
    """An engine with nothing in it but the images that no registry answers for here."""
    images.run("podman", "tag", BASE, OFFICIAL)
    composed = Composed(images, "", int(zoho.rpartition(":")[2]))
    del composed.variables["LEADOPS_IMAGE"]
    composed.variables |= images.reach()
    composed.settings = tmp_path / "deploy" / ".env"
    composed.settings.parent.mkdir()
    try:
        yield composed
    finally:
        composed.remove()


def type_in(machine: Composed, block: str, folder: Path) -> str:
    """What a terminal shows while somebody types a block in, and answers what is asked."""
    lines = "".join(f"{name}={machine.variables.pop(name)}\n" for name in VALUES)
    editor = f"cat > \"$1\" <<'END'\n{lines}END"
    docker = DOCKER.format(program=shlex.join(machine.program), migrate=name_of("migrate"))
    told = machine.play(folder, editor=editor, docker=docker)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        machine.images.inside("sh", "-eux", "-c", f"cd {shlex.quote(str(folder))}\n{block}"),
        env=machine.images.environment | told,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    os.close(slave)
    shown = Dialogue(master, ANSWERS).held_until(process)
    assert process.returncode == 0, shown[-6000:]
    return shown


def test_three_commands_lead_to_the_first_lead(
    machine: Composed, zoho: str, tmp_path: Path
) -> None:
    [block] = blocks("One machine, with compose")
    began = time.monotonic()

    shown = type_in(machine, block, tmp_path)

    assert len(block.splitlines()) <= MOST_COMMANDS
    assert "Superuser created successfully." in shown
    # In the admin; Zoho's credentials are in the environment here.
    key = machine.leadops("createsite", "Shop", "--recipient", "sales@example.com").strip()
    client = Client(machine.url, key, "first", count=1, rate=1)
    client.start()
    eventually(lambda: emails(zoho) == [client.posts[0].email], 120)
    minutes = (time.monotonic() - began) / 60
    print(f"{minutes:.1f} minutes, {len(block.splitlines())} commands to the first lead in Zoho")
