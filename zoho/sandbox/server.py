"""HTTP around the sandbox: connections, and the ways an answer can get lost on them."""

from __future__ import annotations

import os
import re
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from zoho.sandbox.app import Sandbox
from zoho.sandbox.control import controls, page
from zoho.sandbox.wire import Reply, Request, reply_json

MOST_BYTES = 20_000_000
IDLE_SECONDS = 300
_LENGTH = re.compile(r"[0-9]{1,12}")
_HOST = re.compile(r"[\w.\-:\[\]]{1,255}")


class Door(ThreadingHTTPServer):
    """A listening socket. A side door serves only /sandbox/."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], sandbox: Sandbox, side: bool = False) -> None:
        super().__init__(address, Handler)
        self.sandbox = sandbox
        self.side = side
        self.shut = False
        self.idle: set[socket.socket] = set()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def server_bind(self) -> None:
        # HTTPServer asks DNS for its own name here, which can take seconds and serves nobody.
        TCPServer.server_bind(self)

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        """Refuses new connections and ends idle ones; calls under way get their answer."""
        self.shut = True
        self.shutdown()
        self.server_close()
        for connection in list(self.idle):
            with suppress(OSError):  # it may have closed by itself meanwhile
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Doors:
    """The main door and, while that is closed, a side door for whoever wants to open it again."""

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.RLock()
        self._main: Door | None = Door(address, sandbox)
        self._side: Door | None = None
        self._timer: threading.Timer | None = None
        self.address = self._main.server_address[:2]
        self.url = self._main.url
        self._main.start()
        sandbox.doors = self

    def side_door(self) -> str:
        """Opens a second address for /sandbox/ and returns it."""
        with self._lock:
            if self._side is None:
                self._side = Door((str(self.address[0]), 0), self._sandbox, side=True)
                self._side.start()
            return self._side.url

    def close(self, seconds: float | None) -> None:
        """Refuses connections from now on, for so long; None = until `open`."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            if seconds is not None:
                self._later(seconds)
            if self._main:
                self._main.stop()
                self._main = None

    def _later(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._time_is_up)
        self._timer.daemon = True
        self._timer.start()

    def _time_is_up(self) -> None:
        self._sandbox.faults.set([])
        try:
            self.open()
        except OSError:  # someone else took the address meanwhile
            with self._lock:
                self._later(0.5)

    def open(self) -> None:
        """Listens again, if it does not."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._main is None:
                self._main = Door((str(self.address[0]), int(self.address[1])), self._sandbox)
                self._main.start()
            if self._side:
                # From another thread: the call that opens may have come through this very door.
                threading.Thread(target=self._side.stop, daemon=True).start()
                self._side = None

    def stop(self) -> None:
        """Closes all of them for good."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            for door in (self._main, self._side):
                if door:
                    door.stop()


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open between calls."""

    server: Door
    protocol_version = "HTTP/1.1"
    server_version = "ZohoSandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.server.idle.add(self.connection)
        try:
            super().handle_one_request()
        finally:
            self.server.idle.discard(self.connection)

    def parse_request(self) -> bool:
        self.server.idle.discard(self.connection)
        return super().parse_request()

    def call(self) -> None:
        """Reads one request, has it answered, sends the answer."""
        request = self._read()
        if request is None:
            return
        answer = self._answer(request)
        if self.server.shut:
            self.close_connection = True
        SENDERS[answer.manner](self, answer)
        if answer.after:
            answer.after()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = call

    def _read(self) -> Request | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not _LENGTH.fullmatch(length):
            self._refuse(411, "a body needs its Content-Length")
            return None
        if int(length) > MOST_BYTES:
            self._refuse(413, "that is too much")
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        path, _, query = self.path.partition("?")
        host = self.headers.get("Host", "")
        return Request(
            method=self.command,
            path=unquote(path, errors="replace"),
            query=dict(parse_qsl(query, keep_blank_values=True, errors="replace")),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            base_url=f"{self._scheme()}://{host}" if _HOST.fullmatch(host) else self.server.url,
        )

    def _scheme(self) -> str:
        """How the caller speaks to us: https where a proxy before us says so."""
        return "https" if self.headers.get("X-Forwarded-Proto") == "https" else "http"

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True
        self._send_plain(reply_json(status, {"error": why}))

    def _answer(self, request: Request) -> Reply:
        sandbox = self.server.sandbox
        if request.path == "/sandbox" or request.path.startswith("/sandbox/"):
            return controls.answer(sandbox, request)
        if self.server.side:
            return reply_json(404, {"error": "only /sandbox/ is served here"})
        if request.method in ("GET", "POST") and (shown := page.answer(sandbox, request)):
            return shown
        return sandbox.answer(request)

    def _head(self, answer: Reply) -> bytes:
        bare = answer.status == 204
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}"]
        lines += [f"Date: {self.date_time_string()}", f"Server: {self.server_version}"]
        if not bare:
            lines += [f"Content-Type: {answer.content_type}"]
            lines += [f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _send_plain(self, answer: Reply) -> None:
        body = b"" if self.command == "HEAD" else answer.body
        self.connection.sendall(self._head(answer) + body)

    def _send_reset(self, answer: Reply) -> None:  # noqa: ARG002 - a part of one interface
        # Lingering for no time makes close() send RST, and no byte before it.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        os.close(self.connection.detach())

    def _send_silent(self, answer: Reply) -> None:  # noqa: ARG002 - a part of one interface
        self.close_connection = True
        self.connection.settimeout(None)
        while self.connection.recv(4096):
            pass

    def _send_cut(self, answer: Reply) -> None:
        self.close_connection = True
        self.connection.sendall(self._head(answer) + answer.body[: len(answer.body) // 2])

    def _send_drip(self, answer: Reply) -> None:
        self.connection.sendall(self._head(answer))
        for byte in answer.body:
            time.sleep(answer.interval)
            self.connection.sendall(bytes([byte]))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the ledger and the page say it better."""


SENDERS = {
    "plain": Handler._send_plain,
    "reset": Handler._send_reset,
    "silent": Handler._send_silent,
    "cut": Handler._send_cut,
    "drip": Handler._send_drip,
}
