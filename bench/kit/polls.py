"""Clients that wait for receipts: each asks `?wait=20` in a loop, as the documents tell it to.

Who is answered before its lead is settled asks again after Retry-After, or after a second.
`python -m bench.kit.polls` reads an Order as JSON from its one argument and prints, once the time
is up, how it was answered. It is a process of its own with one thread, and opens a connection for
each question, as most programs do.
"""

from __future__ import annotations

import json
import random
import re
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from heapq import heappop, heappush

WAIT = 20
PAUSE = 1.0
"""Seconds until one asks again who was told no number."""
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
RETRY_AFTER = re.compile(rb"\r\nretry-after: *(\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """Who asks for what, and for how long."""

    port: int
    paths: list[str]
    """One client for each."""
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """How the clients were answered."""

    waited: int
    """200, without Retry-After."""
    at_once: int
    """200 with Retry-After: no place was free."""
    others: dict[str, int]
    """Anything else, by status; 0 is a connection that broke."""
    cpu: float
    """CPU seconds that the clients themselves used."""


class Clients:
    """All of them, in one thread."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.selector = selectors.DefaultSelector()
        lines = [f"{name}: {value}\r\n" for name, value in order.headers.items()]
        self.head = f"HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{''.join(lines)}\r\n"
        now = time.monotonic()
        self.due = [(now + random.uniform(0, PAUSE), path) for path in order.paths]
        self.due.sort()
        self.counts: Counter[str] = Counter()

    def run(self) -> Said:
        """Ask until the time is up; who still waits then is let go."""
        cpu, end = time.process_time(), time.monotonic() + self.order.seconds
        while (now := time.monotonic()) < end:
            while self.due and self.due[0][0] <= now:
                self.ask(heappop(self.due)[1])
            pause = min(self.due[0][0], end) - now if self.due else end - now
            for key, _events in self.selector.select(max(pause, 0)):
                self.hear(key.fileobj, *key.data)  # type: ignore[arg-type]
        for key in [*self.selector.get_map().values()]:
            self.let_go(key.fileobj)  # type: ignore[arg-type]
        counts = self.counts
        others = {status: n for status, n in counts.items() if status.isdecimal()}
        return Said(counts["waited"], counts["at once"], others, time.process_time() - cpu)

    def ask(self, path: str) -> None:
        """Put the question."""
        sock = socket.create_connection(("127.0.0.1", self.order.port), timeout=WAIT)
        sock.sendall(f"GET {path}?wait={WAIT} {self.head}".encode())
        self.selector.register(sock, selectors.EVENT_READ, (path, bytearray()))

    def hear(self, sock: socket.socket, path: str, answer: bytearray) -> None:
        """Take in a part of the answer; at its end, wait as it says."""
        try:
            part = sock.recv(65536)
        except OSError:
            part = b""
        answer += part
        if part:
            return
        self.let_go(sock)
        status, rest = STATUS.match(answer), RETRY_AFTER.search(answer)
        if status is None or status[1] != b"200":
            self.counts[status[1].decode() if status else "0"] += 1
        else:
            self.counts["at once" if rest else "waited"] += 1
        heappush(self.due, (time.monotonic() + (float(rest[1]) if rest else PAUSE), path))

    def let_go(self, sock: socket.socket) -> None:
        """Close a connection."""
        self.selector.unregister(sock)
        sock.close()


def main() -> None:
    """From the argument to standard output."""
    print(json.dumps(asdict(Clients(Order(**json.loads(sys.argv[1]))).run())))


if __name__ == "__main__":
    main()
