"""The load generator: posts unique leads over keep-alive connections, as fast as it is answered.

With a pace it begins so many posts a second at even intervals instead, and catches up with what
it could not begin in time because all connections were waiting for an answer.

`python -m bench.kit.load` reads an Order as JSON from standard input and prints a Result as JSON.
It is a process of its own with plain sockets and one thread, so that it takes little from what it
measures.
"""

from __future__ import annotations

import json
import math
import secrets
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field

LAST_ANSWERS = 15.0
"""Seconds for which answers are awaited after the last post."""

BODY = (
    '{"contact_name": "Ada Example %s", "email": "ada.%s@example.com", '
    '"phone": "+44 20 7946 %s", "company": "Analytical Engines Ltd", '
    '"street": "12 St James Square", "city": "London", "zip": "SW1Y 4JH", '
    '"country": "United Kingdom", "message": "Please call me back about the offer.", '
    '"utm_source": "newsletter", "utm_campaign": "spring"}'
)


@dataclass(frozen=True)
class Order:
    """What to post where, and for how long."""

    port: int
    path: str
    seconds: float
    connections: int = 16
    headers: dict[str, str] = field(default_factory=dict)
    pace: float = 0.0
    """Posts a second; 0: as many as are answered."""


@dataclass(frozen=True)
class Result:
    """What came of it. Latencies in milliseconds, from the first byte sent to the last received."""

    acknowledged: int
    errors: int
    rate: float
    """Acknowledged posts a second."""
    median: float
    p99: float
    cpu: float
    """CPU seconds that the generator itself used."""


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed; nan for none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


class Connection:
    """One keep-alive connection with at most one post under way."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=LAST_ANSWERS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Post; a lead fits into the socket's buffer."""
        self.received = b""
        self.sent_at = time.perf_counter()
        self.sock.sendall(request)

    def receive(self) -> int | None:
        """The status of a whole answer; None while more is to come. Raises OSError at its end."""
        chunk = self.sock.recv(65536)
        if not chunk:
            raise ConnectionResetError
        self.received += chunk
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        return int(head[9:12])


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.index(b"content-length:") + 15
    return int(lowered[at:].split(b"\r\n", 1)[0])


class Generator:
    """Carries out one order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.run_name = secrets.token_hex(4)
        self.posted = 0
        self.idle: deque[Connection] = deque()
        """Those whose next post is not due yet, the one that has rested longest first."""
        lines = [f"POST {order.path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in order.headers.items()]
        self.head = "\r\n".join(lines)
        self.selector = selectors.DefaultSelector()
        self.latencies: list[float] = []
        self.errors = 0

    def request(self) -> bytes:
        """The next lead, like no other."""
        name = f"{self.run_name}-{self.posted}"
        self.posted += 1
        body = BODY % (name, name, name[-4:])
        return (
            f"{self.head}\r\nIdempotency-Key: {name}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def run(self) -> Result:
        """Post until the time is up, then wait for the last answers."""
        started, cpu = time.perf_counter(), time.process_time()
        end = started + self.order.seconds
        for _ in range(self.order.connections):
            self.connect()
        last = started
        wait = min(0.2, 0.5 / self.order.pace) if self.order.pace else 0.2
        while self.selector.get_map() and time.perf_counter() < end + LAST_ANSWERS:
            self.keep_pace(started, end)
            for key, _events in self.selector.select(timeout=wait):
                last = self.answered(key.data, end)
        self.errors += len(self.selector.get_map())
        return Result(
            acknowledged=len(self.latencies),
            errors=self.errors,
            rate=len(self.latencies) / (last - started),
            median=percentile(self.latencies, 0.5),
            p99=percentile(self.latencies, 0.99),
            cpu=time.process_time() - cpu,
        )

    def connect(self) -> None:
        """Open a connection and post over it."""
        connection = Connection(self.order.port)
        self.selector.register(connection.sock, selectors.EVENT_READ, connection)
        self.post(connection)

    def post(self, connection: Connection) -> None:
        """Post at once, or when the next post is due."""
        if self.order.pace:
            self.idle.append(connection)
        else:
            connection.send(self.request())

    def keep_pace(self, started: float, end: float) -> None:
        """Begin the posts that are due by now; close what rests when the time is up."""
        now = time.perf_counter()
        while self.idle and now >= end:
            self.close(self.idle.popleft())
        while self.idle and self.posted <= (now - started) * self.order.pace:
            self.idle.popleft().send(self.request())

    def answered(self, connection: Connection, end: float) -> float:
        """Note an answer and post the next lead; the moment of the answer."""
        try:
            status = connection.receive()
        except OSError:
            status = 0
        now = time.perf_counter()
        if status is None:
            return now
        if 200 <= status < 300:
            self.latencies.append((now - connection.sent_at) * 1000)
        elif connection in self.idle:  # which the server closed, because it rested
            self.idle.remove(connection)
        else:
            self.errors += 1
        if status and now < end:
            self.post(connection)
            return now
        self.close(connection)
        if now < end:
            self.connect()
        return now

    def close(self, connection: Connection) -> None:
        """Let go of it."""
        self.selector.unregister(connection.sock)
        connection.sock.close()


def main() -> None:
    """Standard input to standard output."""
    print(json.dumps(asdict(Generator(Order(**json.load(sys.stdin))).run())))


if __name__ == "__main__":
    main()
