"""HTTP as bytes on a socket: what no well-behaved client would send."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator


def talk(port: int, *pieces: bytes, seconds: float = 3, pause: float = 0) -> bytes:
    """What comes back until the server ends it or is silent for some seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sock:
        with contextlib.suppress(OSError):
            for piece in pieces:
                sock.sendall(piece)
                time.sleep(pause)
        answer = b""
        with contextlib.suppress(OSError):
            while piece := sock.recv(65_536):
                answer += piece
        return answer


def statuses(answer: bytes) -> list[int]:
    """The status codes of the responses in it, 100s left out."""
    found = re.findall(rb"HTTP/1\.[01] (\d{3})", answer)
    return [int(code) for code in found if code != b"100"]


def post(key: str, body: bytes, *headers: str, length: str | None = None) -> bytes:
    """A whole request with the site's key, closing the connection."""
    announced = [] if length == "" else [f"Content-Length: {length or len(body)}"]
    lines = [
        "POST /api/v1/leads/ HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        *announced,
        *headers,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@contextlib.contextmanager
def slow_senders(port: int, count: int, beginning: bytes) -> Iterator[None]:
    """So many connections that begin a request and never end it."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            sock.sendall(beginning)
        time.sleep(0.3)
        yield
