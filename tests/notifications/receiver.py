"""A real HTTP server on 127.0.0.1 that takes webhooks, in every mood."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from notifications.models import Channel, Endpoint


class Call(NamedTuple):
    """What a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Receiver:
    """What came, and how it is to be answered."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/hooks/T0/secret-part"
        self.calls: list[Call] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"ok"
        self.hangs_for = 2.0
        self.drip = 0.0
        """Seconds between the bytes of the answer."""
        self.endless = False
        self.moods: list[str] = []
        """What becomes of the next calls, one each: "hang", "cut" or a status; then `status`."""
        self.lock = threading.Lock()

    @property
    def bodies(self) -> list[bytes]:
        return [call.body for call in self.calls]


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.lock:
                receiver.calls.append(Call(self.path, dict(self.headers), body, time.monotonic()))
                mood = receiver.moods.pop(0) if receiver.moods else str(receiver.status)
            if mood == "hang":
                time.sleep(receiver.hangs_for)
            if not mood.isdecimal():
                self.close_connection = True
                return
            self.send_response(int(mood))
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if not receiver.endless:
                self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                if receiver.endless:
                    while True:
                        self.wfile.write(b"x" * 65536)
                for byte in receiver.body:
                    time.sleep(receiver.drip)
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def a_channel(address: str, **values: Any) -> Channel:
    """A channel that posts to an address."""
    channel = Channel(**{"name": "#sales", "kind": Channel.Kind.SLACK, **values})
    channel.set_address(address)
    channel.save()
    return channel


def an_endpoint(address: str, **values: Any) -> Endpoint:
    """An outcome webhook that posts to an address."""
    endpoint = Endpoint(**{"name": "Sales program", **values})
    endpoint.set_address(address)
    endpoint.save()
    return endpoint
