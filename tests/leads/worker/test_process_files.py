"""What a supervisor and the processes of its cluster tell each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leads.worker import process_files as module
from leads.worker.process_files import VARIABLE, ProcessFiles


@pytest.fixture
def process_files(tmp_path: Path) -> ProcessFiles:
    return ProcessFiles(tmp_path)


def test_a_cluster_begins_running_and_without_a_fault(process_files: ProcessFiles) -> None:
    assert not process_files.is_over()
    assert process_files.fault() == ""
    assert not process_files.is_anyone_at_work()
    assert process_files.workers() == []


def test_the_end_is_seen_by_every_process_of_the_cluster(
    process_files: ProcessFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(process_files.folder))
    assert not module.is_over()

    process_files.end()

    assert module.is_over()


def test_outside_of_a_cluster_nothing_is_ever_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    assert not module.is_over()


def test_the_first_fault_is_the_one_that_is_told(process_files: ProcessFiles) -> None:
    process_files.report("A process (worker) died.")
    process_files.report("A process (pusher) died.")

    assert process_files.fault() == "A process (worker) died."


def test_who_works_is_seen_until_the_task_ends(process_files: ProcessFiles) -> None:
    worker = ProcessFiles(process_files.folder)

    worker.begin_task()
    assert process_files.is_anyone_at_work()

    worker.end_task()
    assert not process_files.is_anyone_at_work()


def test_a_worker_that_is_killed_in_a_task_works_no_more(process_files: ProcessFiles) -> None:
    code = f"""if True:
        import sys, time
        from pathlib import Path
        from leads.worker.process_files import ProcessFiles
        process_files = ProcessFiles(Path({str(process_files.folder)!r}))
        process_files.begin_task()
        print("at work", flush=True)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert process_files.is_anyone_at_work()
        worker.send_signal(signal.SIGKILL)

    assert not process_files.is_anyone_at_work()


def test_workers_that_ended_are_not_counted(process_files: ProcessFiles) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    process_files.sign_on(os.getpid())
    process_files.sign_on(ended.pid)

    assert process_files.workers() == [os.getpid()]
