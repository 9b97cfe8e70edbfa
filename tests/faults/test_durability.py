"""What a system call trace shows: the lead is on disk before the 202 leaves.

Killing processes proves nothing of that: what the kernel was given survives them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.processes import children
from tests.faults.stage import Stage, tree
from tests.journeys.kit.system import eventually

CALLS = "fsync,fdatasync,sendto,write"
LINE = re.compile(r"^(?:\[pid +)?(\d+)\]? +([\d.]+) (\w+)\((.*)$")


def test_the_202_leaves_after_the_disk_was_told(stage: Stage, tmp_path: Path) -> None:
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    stage.mend()
    (web,) = children(stage.processes["web"].pid)
    stage.end("worker")  # it writes too, and is not on trial
    watched = [web, *(tree(stage.server.server.pid) if stage.server else [])]  # type: ignore[union-attr]  # a running server has a process
    trace = tmp_path / "trace"
    pids = [word for pid in watched for word in ("-p", str(pid))]
    command = ["strace", "-f", "-ttt", "-s", "40", "-e", f"trace={CALLS}", "-o", str(trace)]
    with subprocess.Popen([*command, *pids], stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        said = strace.stderr.readline()
        if "attached" not in said:
            strace.kill()
            pytest.skip(f"strace may not look: {said.strip()}")
        time.sleep(2)
        began = time.time()
        answer = stage.post(contact_name="Durable", email="durable@example.com")
        eventually(lambda: "202 Accepted" in trace.read_text(), 20)
        strace.terminate()
    stage.make_whole()

    assert answer.status_code == 202
    events = [match.groups() for match in map(LINE.match, trace.read_text().splitlines()) if match]
    since = [(float(at), call, rest) for _pid, at, call, rest in events if float(at) >= began]
    left = next(at for at, call, rest in since if "202 Accepted" in rest)
    synced = [at for at, call, _rest in since if call in ("fsync", "fdatasync") and at < left]
    assert synced, since
