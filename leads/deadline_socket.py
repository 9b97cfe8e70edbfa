"""One exchange over a socket, over before its deadline: connecting, TLS and every byte of it.

The timeouts of HTTP clients are for single reads, and a header or body that drips defeats them
(`requests` with timeout=1 returned after 14.5 s). A look-up in the DNS knows no timeout at all.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cache

import certifi

from leads.clock import Deadline


class DeadlineSocket:
    """Whatever socket an exchange uses, cut when the time is up. A context manager.

    Whoever reads or writes then gets an OSError or the end of the data, and `late` says why.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.late = False
        """Whether the time was up before the exchange had ended."""
        self._handle: socket.socket | None = None
        self._timer = threading.Timer(deadline.left(), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> DeadlineSocket:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        self._let_go()

    def connect(
        self, make: Callable[[], socket.socket], at_most: float = float("inf")
    ) -> socket.socket:
        """What `make` connects, within the deadline and `at_most` seconds; it is the one used.

        Raises what `make` raises, or TimeoutError.
        """
        sock = _in_time(make, min(at_most, self.deadline.left()))
        try:
            self.use(sock)
        except OSError:
            sock.close()
            raise
        return sock

    def use(self, sock: socket.socket) -> None:
        """Let the exchange go over this socket from now on. Raises TimeoutError if it is late."""
        self._let_go()
        # A second handle: TLS and HTTP clients each take the first one away from us.
        self._handle = socket.socket(fileno=os.dup(sock.fileno()))
        if self.late:
            self._cut()
            raise TimeoutError("connected after the deadline")

    @property
    def in_use(self) -> bool:
        """Whether the exchange has a socket."""
        return self._handle is not None

    def _cut(self) -> None:
        self.late = True
        if self._handle is not None:
            with contextlib.suppress(OSError):  # closed meanwhile, by either side
                self._handle.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def _in_time(make: Callable[[], socket.socket], seconds: float) -> socket.socket:
    """What `make` returns, where it does so in time; a socket that comes too late is closed."""
    made: Future[socket.socket] = Future()

    def work() -> None:
        try:
            made.set_result(make())
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            made.set_exception(error)

    # A thread that hangs in a look-up cannot be ended: nobody waits for it, not even the exit.
    threading.Thread(target=work, name="connect", daemon=True).start()
    try:
        return made.result(seconds)
    except FutureTimeout:
        made.add_done_callback(_close)
        raise TimeoutError("no connection before the deadline") from None


def _close(made: Future[socket.socket]) -> None:
    if made.exception() is None:
        made.result().close()


@cache
def tls() -> ssl.SSLContext:
    """Certificates are checked against the machine's authorities and the public ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
