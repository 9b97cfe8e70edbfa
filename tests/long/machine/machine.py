"""A bare Debian 12 with a systemd of its own, in namespaces of this machine.

Files, processes, control groups and network are its own; the kernel is this machine's. It reaches
what this machine reaches, over slirp4netns, and nobody reaches it but who enters its network.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

from tests.journeys.kit.system import eventually
from tests.postgres import end_with_parent

HERE = Path(__file__).parent
MIRROR = "http://deb.debian.org/debian"
INCLUDED = "ca-certificates,dbus,systemd-sysv"
"""What an installed Debian has besides: debootstrap takes no recommended packages."""
REACH = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
"""Whom this machine believes, its own package mirror among them."""
HIERARCHIES = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
"""Where control groups of the second version are, if this machine has both, and otherwise."""
OUR_NETWORK = Path("/proc/thread-self/ns/net")
NEW_NETWORK = 0x40000000
"""CLONE_NEWNET."""
ENVIRONMENT = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM": "dumb",
    "USER": "root",
}
PATIENCE = 1800.0
"""Seconds that one block of commands may take."""


def debian(folder: Path) -> Path:
    """A Debian 12 as its installer leaves it, by debootstrap; what is there is taken as it is."""
    root = folder / "debian"
    if not (folder / "made").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        command = ["debootstrap", f"--include={INCLUDED}", "bookworm", str(root), MIRROR]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        (folder / "made").touch()
    for path in filter(os.path.exists, REACH):
        shutil.copy(path, f"{root}{path}")
    (root / "etc/resolv.conf").write_text("nameserver 10.0.2.3\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost leads leads.example.com\n")
    (root / "etc/hostname").write_text("leads\n")
    return root


class Machine:
    """The machine from its first start; `type` is a person at its console, as root."""

    def __init__(self, root: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.root, self.folder = root, folder
        self.log = (folder / "boot.log").open("ab")
        hierarchy = next(name for name in HIERARCHIES if Path(name, "cgroup.controllers").exists())
        self.group = Path(hierarchy, f"leadops-{os.getpid()}-{folder.name}")
        self.group.mkdir()
        self.others: list[subprocess.Popen[bytes]] = []
        # It outlives the machine, which may be switched off and on.
        self.holder = self._start("unshare", "--net", "sleep", "infinity")
        self.wire = Path(f"/proc/{self.holder.pid}/ns/net")
        ours = OUR_NETWORK.readlink()
        eventually(lambda: self.wire.readlink() != ours, 30)
        slirp = ("slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback")
        self.network = self._start(*slirp, str(self.holder.pid), "tap0")
        self.switch_on()

    def switch_on(self) -> None:
        """Start it, and wait until its systemd is there."""
        enter = f'echo $$ > {self.group}/cgroup.procs; exec "$@"'
        spaces = ("--pid", "--mount", "--uts", "--ipc", "--cgroup")
        self.outside = self._start(
            *("sh", "-c", enter, "sh", "nsenter", f"--net={self.wire}"),
            *("unshare", "--fork", *spaces, "--kill-child"),
            *("sh", str(HERE / "boot.sh"), str(self.root), str(self.folder)),
        )
        self.pid = eventually(self._first_process, 30)
        # Where there are controllers, a group has processes or groups.
        (self.group.parent / "cgroup.procs").write_text(str(self.outside.pid))
        eventually(lambda: self.says("systemctl", "is-system-running") == "running", 120)

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            preexec_fn=lambda: end_with_parent(signal.SIGKILL),
        )

    def _first_process(self) -> int:
        """systemd, as this machine numbers it; 0 as long as it is not there."""
        assert self.outside.poll() is None, (self.folder / "boot.log").read_text()
        children = Path(f"/proc/{self.outside.pid}/task/{self.outside.pid}/children").read_text()
        pid = int(children.split()[0]) if children else 0
        return pid if pid and Path(f"/proc/{pid}/comm").read_text() == "systemd\n" else 0

    def inside(self, *command: str) -> list[str]:
        """A command that is run in the machine."""
        settings = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
        return ["nsenter", f"--target={self.pid}", "--all", "env", "-i", *settings, *command]

    def run(self, *command: str) -> str:
        """What a command prints; its failure ends the test."""
        done = subprocess.run(self.inside(*command), capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def says(self, *command: str) -> str:
        """What a command prints, whether it succeeds or not, without the last line's end."""
        done = subprocess.run(self.inside(*command), capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        """A file, as it is."""
        done = subprocess.run(self.inside("tee", path), input=text.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr

    def type(self, block: str, answers: dict[str, str] | None = None, cwd: str = "/") -> str:
        """What a terminal shows while somebody types a block in, and answers what is asked.

        `answers` are by the end of the question. A command that fails ends the test.
        """
        there = f"cd {cwd} 2>/dev/null || cd; set -eux\n{block}"
        master, slave = pty.openpty()
        process = subprocess.Popen(
            self.inside("bash", "-c", there),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(slave)
        shown = Dialogue(master, answers or {}).held_until(process)
        with (self.folder / "console.log").open("a") as log:
            log.write(shown)
        assert process.returncode == 0, f"{block}\n{shown[-6000:]}"
        return shown

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This thread, and threads that it starts, on the machine's network: 127.0.0.1 is its."""
        with OUR_NETWORK.open() as ours, self.wire.open() as theirs:
            enter_network(theirs.fileno())
            try:
                yield
            finally:
                enter_network(ours.fileno())

    def beside(self, *command: str) -> None:
        """Start a process of this machine's on that network: somebody else's server."""
        self.others.append(self._start("nsenter", f"--net={self.wire}", *command))

    def switch_off(self) -> None:
        """Pull the plug: everything in it ends at once."""
        # Process 1 of a space of processes takes all others along.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.outside.wait(60)

    def remove(self) -> None:
        """Switch it off, and remove what it wrote; what it said stays."""
        (self.folder / "journal.log").write_text(self.says("journalctl", "--no-pager"))
        self.switch_off()
        for process in (*self.others, self.network, self.holder):
            process.kill()
            process.wait()
        for group in sorted(self.group.rglob("*"), reverse=True):
            if group.is_dir():
                group.rmdir()
        self.group.rmdir()
        self.log.close()
        for name in ("changed", "work"):
            shutil.rmtree(self.folder / name, ignore_errors=True)


class Dialogue:
    """What a terminal shows, and what is typed when it asks."""

    def __init__(self, terminal: int, answers: dict[str, str]) -> None:
        self.terminal, self.answers = terminal, answers
        self.shown, self.answered = "", 0

    def held_until(self, process: subprocess.Popen[bytes]) -> str:
        """All that was shown when the process has ended."""
        until = time.monotonic() + PATIENCE
        while self._read() or process.poll() is None:
            self._answer()
            if time.monotonic() > until:
                os.killpg(process.pid, signal.SIGKILL)
                raise AssertionError(f"not within {PATIENCE} s: {self.shown[-3000:]}")
        os.close(self.terminal)
        process.wait()
        return self.shown

    def _read(self) -> bool:
        """Take what is there. False where nothing is."""
        if not select.select([self.terminal], [], [], 0.2)[0]:
            return False
        try:
            said = os.read(self.terminal, 65536)
        except OSError:  # nobody has the other end open
            return False
        self.shown += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", said.decode(errors="replace"))
        return bool(said)

    def _answer(self) -> None:
        asked = self.shown[self.answered :].rstrip()
        for question, answer in self.answers.items():
            if asked.endswith(question):
                self.answered = len(self.shown)
                os.write(self.terminal, f"{answer}\n".encode())
                return


def take_terminal() -> None:
    """Have the terminal of standard input ask this process for passwords, and end with us."""
    end_with_parent(signal.SIGKILL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def enter_network(number: int) -> None:
    """Move this thread to a network. Raises OSError."""
    if ctypes.CDLL(None, use_errno=True).setns(number, NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")
