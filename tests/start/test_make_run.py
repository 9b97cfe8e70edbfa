"""`make run` in a folder of its own, whose name has a blank: what a newcomer sees."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest

from tests.databases import copy_migrated
from tests.environment import inherited
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 80


def terminal() -> dict[str, str]:
    """The environment of a person's shell, although the tests themselves were started by make."""
    return {name: value for name, value in inherited().items() if not name.startswith("MAKE")}


class Starter:
    """One `make run`, as in a terminal of its own."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.ports = variables
        self.process = subprocess.Popen(
            ["make", "--no-print-directory", "run"],
            cwd=folder,
            env=terminal() | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.text = ""

    def read_until_ready(self) -> str:
        """What was printed up to the last line of the announcement."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.text += line
            if line.startswith("Ctrl-C stops"):
                return self.text
        raise AssertionError(f"make run ended with {self.process.wait()}:\n{self.text}")

    def press_ctrl_c(self) -> int:
        """End it as the terminal does, with a signal to the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.finish()

    def finish(self) -> int:
        """Wait for the end; the exit code."""
        rest, _nothing = self.process.communicate(timeout=STOP_SECONDS)
        self.text += rest
        return self.process.returncode

    def kill(self) -> None:
        """End it whatever happened; the parts end with their starter."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.finish()
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


def copy_checkout(copy: Path) -> Path:
    """The checkout in another folder, with the virtual environment that is there already."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and name != ".env":
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            # With its time: the stamps of .venv are compared with it.
            shutil.copy2(ROOT / name, copy / name)
            copy_compiled(name, copy)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy


def copy_compiled(name: str, copy: Path) -> None:
    """What Python made of a module: five programs would each compile all of them once more."""
    compiled = Path(cache_from_source(name))
    if name.endswith(".py") and (ROOT / compiled).is_file():
        (copy / compiled).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / compiled, copy / compiled)


def free_ports() -> dict[str, str]:
    return {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout in which nothing was run yet."""
    return copy_checkout(tmp_path / "a new folder")


@pytest.fixture
def ports() -> dict[str, str]:
    return free_ports()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """A running system for all tests that leave it running."""
    starter = Starter(copy_checkout(tmp_path_factory.mktemp("a folder")), **free_ports())
    try:
        starter.read_until_ready()
        yield starter
    finally:
        starter.kill()


@pytest.fixture
def started(folder: Path, ports: dict[str, str]) -> Iterator[Starter]:
    """A running system of the test's own, whose tables are there already where they are at hand."""
    copy_migrated(folder / "leadops.sqlite3")
    starter = Starter(folder, **ports)
    try:
        starter.read_until_ready()
        yield starter
    finally:
        starter.kill()


def curl_line(text: str) -> str:
    return next(line.strip() for line in text.splitlines() if line.strip().startswith("curl "))


def key_of(text: str) -> str:
    found = re.search(r"Authorization: Bearer ([\w-]+)", text)
    assert found
    return found[1]


def password_of(text: str) -> str:
    found = re.search(r"user admin, password (\S+)", text)
    assert found
    return found[1]


def get(address: str, key: str = "") -> Any:
    request = urllib.request.Request(address)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def process_with(*arguments: str) -> int:
    """The process whose command line has these arguments in a row."""
    wanted = "\0".join(("", *arguments, "")).encode()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if wanted in path.read_bytes():
                return int(path.parent.name)
    raise AssertionError(f"no process {arguments}")


def listens(port: str) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", int(port))) == 0


def test_the_printed_curl_line_brings_a_lead_to_zoho(system: Starter) -> None:
    done = subprocess.run(
        ["sh", "-c", curl_line(system.text)], capture_output=True, text=True, check=True
    )
    lead = json.loads(done.stdout)
    receipt = f"http://127.0.0.1:{system.ports['PORT']}/api/v1/leads/{lead['id']}/"
    deadline = time.monotonic() + 10
    while (status := json.loads(get(receipt, key_of(system.text)))["status"]) != "delivered":
        assert time.monotonic() < deadline, status
        time.sleep(0.1)

    assert lead["status"] == "queued"
    assert "Lovelace" in get(f"http://127.0.0.1:{system.ports['SANDBOX_PORT']}/")


def test_every_printed_page_answers(system: Starter) -> None:
    addresses = re.findall(r"  (http://\S+)$", system.text, re.MULTILINE)

    assert len(addresses) == 5
    assert all(get(address) for address in addresses)


def test_what_is_kept_can_be_read_by_its_owner_only(system: Starter) -> None:
    def mode(name: str) -> str:
        return oct((system.folder / name).stat().st_mode & 0o777)

    assert mode(".local") == "0o700"
    assert {mode(".local/env"), mode(".local/demo.json"), mode("leadops.sqlite3")} == {"0o600"}


def test_plain_manage_commands_see_the_system_of_make_run(system: Starter) -> None:
    done = subprocess.run(
        [".venv/bin/python", "manage.py", "shell", "-v0", "-c"]
        + ["from django.conf import settings; print(settings.PUBLIC_URL)"],
        cwd=system.folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"Admin         {done.stdout.strip()}/admin/" in system.text


def test_another_folder_runs_beside_it_with_secrets_of_its_own(
    system: Starter, started: Starter
) -> None:
    assert key_of(started.text) != key_of(system.text)
    assert password_of(started.text) != password_of(system.text)


def test_a_second_run_in_the_same_folder_is_refused(system: Starter, ports: dict[str, str]) -> None:
    second = Starter(system.folder, **ports)

    assert second.finish() != 0
    assert "make run is already running in this folder" in second.text


def test_ctrl_c_stops_all_of_it(started: Starter) -> None:
    started.press_ctrl_c()

    assert "Stopping …" in started.text
    assert "Traceback" not in started.text
    assert not any(listens(port) for port in started.ports.values())


def test_a_second_run_prints_the_same_secrets(started: Starter) -> None:
    started.press_ctrl_c()
    second = Starter(started.folder, **started.ports)
    try:
        second.read_until_ready()
    finally:
        second.kill()

    assert password_of(second.text) == password_of(started.text)
    assert key_of(second.text) == key_of(started.text)


def test_a_part_that_dies_is_named_and_ends_the_rest(started: Starter) -> None:
    listening = ("--host", "127.0.0.1", "--port", started.ports["SANDBOX_PORT"])
    os.kill(process_with("zoho.sandbox", *listening), signal.SIGKILL)
    code = started.finish()

    assert code != 0
    assert "make run: sandbox ended with code -9" in started.text
    assert not any(listens(port) for port in started.ports.values())


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_busy_port_is_named_in_one_line(folder: Path, ports: dict[str, str], name: str) -> None:
    with socket.create_server(("127.0.0.1", int(ports[name]))):
        starter = Starter(folder, **ports)
        code = starter.finish()

    ours = [line for line in starter.text.splitlines() if not line.startswith("make: ***")]
    assert code != 0
    assert len(ours) == 1
    assert ours[0].startswith(f"make run: {name} {ports[name]} ")


def test_a_wrong_setting_stops_the_start_with_one_line(folder: Path, ports: dict[str, str]) -> None:
    starter = Starter(folder, **ports, TIME_ZONE="Mars/Olympus")
    code = starter.finish()

    assert code != 0
    assert "make run: LeadOps cannot start: TIME_ZONE " in starter.text
    assert "Traceback" not in starter.text
