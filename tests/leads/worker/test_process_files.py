"""What a supervisor and the processes of its cluster tell each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leads.worker import process_files as module
from leads.worker.process_files import VARIABLE, Duty


@pytest.fixture
def duty(tmp_path: Path) -> Duty:
    return Duty(tmp_path)


def test_a_cluster_begins_on_duty_and_without_a_fault(duty: Duty) -> None:
    assert not duty.is_over()
    assert duty.fault() == ""
    assert not duty.is_anyone_at_work()
    assert duty.workers() == []


def test_the_end_of_duty_is_seen_by_every_process_of_the_cluster(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(duty.folder))
    assert not module.is_over()

    duty.end()

    assert module.is_over()


def test_outside_of_a_cluster_duty_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    assert not module.is_over()


def test_the_first_fault_is_the_one_that_is_told(duty: Duty) -> None:
    duty.report("A process (worker) died.")
    duty.report("A process (pusher) died.")

    assert duty.fault() == "A process (worker) died."


def test_who_works_is_seen_until_the_task_ends(duty: Duty) -> None:
    worker = Duty(duty.folder)

    worker.begin_task()
    assert duty.is_anyone_at_work()

    worker.end_task()
    assert not duty.is_anyone_at_work()


def test_a_worker_that_is_killed_in_a_task_works_no_more(duty: Duty) -> None:
    code = f"""if True:
        import sys, time
        from pathlib import Path
        from leads.worker.process_files import Duty
        duty = Duty(Path({str(duty.folder)!r}))
        duty.begin_task()
        print("at work", flush=True)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert duty.is_anyone_at_work()
        worker.send_signal(signal.SIGKILL)

    assert not duty.is_anyone_at_work()


def test_workers_that_ended_are_not_counted(duty: Duty) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    duty.sign_on(os.getpid())
    duty.sign_on(ended.pid)

    assert duty.workers() == [os.getpid()]
