"""A socket that is over by its deadline, whatever the other side does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from leads.clock import Deadline
from leads.deadline_socket import DeadlineSocket


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection; nobody writes to it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_who_reads_is_woken_when_the_time_is_up(pair: tuple[socket.socket, socket.socket]) -> None:
    started = time.monotonic()

    with DeadlineSocket(Deadline(0.2)) as line:
        line.connect(lambda: pair[0])
        assert pair[0].recv(1) == b""

    assert line.late
    assert time.monotonic() - started < 2


def test_what_ends_in_time_is_not_cut(pair: tuple[socket.socket, socket.socket]) -> None:
    with DeadlineSocket(Deadline(5)) as line:
        line.connect(lambda: pair[0])
        pair[1].send(b"x")
        assert pair[0].recv(1) == b"x"

    assert not line.late
    assert pair[0].send(b"still open") == 10


def test_a_connection_that_hangs_ends_with_the_deadline() -> None:
    go_on = threading.Event()
    started = time.monotonic()

    def connect() -> socket.socket:
        go_on.wait(20)
        raise OSError

    with DeadlineSocket(Deadline(0.2)) as line, pytest.raises(TimeoutError):
        line.connect(connect)

    assert time.monotonic() - started < 2
    go_on.set()


def test_a_connection_that_comes_too_late_is_closed() -> None:
    late, go_on = socket.socket(), threading.Event()

    def connect() -> socket.socket:
        go_on.wait(20)
        return late

    started = time.monotonic()
    with DeadlineSocket(Deadline(5)) as line, pytest.raises(TimeoutError):
        line.connect(connect, at_most=0.1)
    assert time.monotonic() - started < 2
    go_on.set()

    end = time.monotonic() + 5
    while late.fileno() != -1 and time.monotonic() < end:
        time.sleep(0.01)
    assert late.fileno() == -1


def test_a_fault_of_connecting_is_told_as_it_is() -> None:
    def refuse() -> socket.socket:
        raise ConnectionRefusedError

    with DeadlineSocket(Deadline(5)) as line, pytest.raises(ConnectionRefusedError):
        line.connect(refuse)


def test_no_socket_is_used_after_the_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    with DeadlineSocket(Deadline(0.05)) as line:
        time.sleep(0.3)
        with pytest.raises(TimeoutError):
            line.use(pair[0])

    assert line.late
