"""The other end of the wire: a real HTTP server that plays scripted answers."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Play = Callable[["Handler"], None]


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of an insert or update."""
        return list(self.json["data"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, dict(self.headers), body)
        play = self.server.wire.next_play(seen)
        play(self)

    do_GET = do_POST = do_PUT = handle_any

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    wire: Wire

    def handle_error(self, *args: Any) -> None:
        """Clients that hang up are part of the play."""


class Wire:
    """A server on 127.0.0.1; each path plays its answers in turn and then its last one again."""

    def __init__(self) -> None:
        self.plays: dict[str, list[Play]] = {}
        self.requests: list[Seen] = []
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.wire = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def on(self, call: str, *plays: Play) -> None:
        """What is played for calls that begin with `call`, such as "POST /crm/v8/Leads"."""
        self.plays[call] = list(plays)

    def next_play(self, seen: Seen) -> Play:
        with self.lock:
            self.requests.append(seen)
            name = f"{seen.method} {seen.path}"
            fitting = [call for call in self.plays if name.startswith(call)]
            if not fitting:
                return reply(404, {"code": "INVALID_URL_PATTERN", "status": "error"})
            left = self.plays[max(fitting, key=len)]
            return left.pop(0) if len(left) > 1 else left[0]

    def seen(self, call: str) -> list[Seen]:
        return [one for one in self.requests if f"{one.method} {one.path}".startswith(call)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


# --- What can be played ----------------------------------------------------------------------


def reply(status: int, body: Any = b"", **headers: str) -> Play:
    """An ordinary answer; anything but bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda handler: handler.answer(status, content, headers)


def hang_up(handler: Handler) -> None:
    """Reset the connection without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def truncated(handler: Handler) -> None:
    """Announce more than is sent."""
    handler.answer(201, b'{"data": [', {"Content-Length": "500"})
    handler.close_connection = True


def silence(seconds: float) -> Play:
    """Say nothing for a while."""

    def play(handler: Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return play


def drip(head: bytes, piece: bytes, every: float, times: int) -> Play:
    """Send a few bytes again and again, each in time for a timeout that is per read."""

    def play(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(head)
        for _ in range(times):
            handler.wfile.write(piece)
            time.sleep(every)

    return play


drip_body = drip(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n", b"x", 0.1, 30)
drip_headers = drip(b"HTTP/1.1 201 Created\r\n", b"X-A: b\r\n", 0.1, 30)


def stored(*ids: str) -> Play:
    """Zoho's answer to an insert that stored every record."""
    items = [
        {
            "code": "SUCCESS",
            "details": {"id": one},
            "message": "record added",
            "status": "success",
        }
        for one in ids
    ]
    return reply(201, {"data": items})


def duplicate(field: str, record: str) -> Play:
    """Zoho's answer to an insert that found another record with the same unique value."""
    details = {
        "api_name": field,
        "duplicate_record": {"id": record, "module": {"api_name": "Leads"}},
        "json_path": f"$.data[0].{field}",
    }
    item = {"code": "DUPLICATE_DATA", "details": details, "message": "duplicate data"}
    return reply(400, {"data": [{**item, "status": "error"}]})


def token(value: str, url: str, **more: Any) -> Play:
    """A fresh access token for the API at `url`."""
    return reply(
        200,
        {"access_token": value, "api_domain": url, "token_type": "Bearer", "expires_in": 3600}
        | more,
    )


INVALID_TOKEN = reply(
    401,
    {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"},
)


def metadata(*unique: str, kind: str = "text") -> Play:
    """The module's fields, some of them unique."""
    plain = [
        {"api_name": name, "data_type": data_type, "length": length, "unique": {}}
        for name, data_type, length in (
            ("Last_Name", "text", 80),
            ("First_Name", "text", 40),
            ("Email", "email", 100),
            ("Street", "text", 250),
            ("Zip_Code", "text", 30),
            ("City", "text", 100),
            ("Description", "textarea", 32000),
        )
    ]
    others = [
        {"api_name": name, "data_type": kind, "length": 255, "unique": {"case_sensitive": False}}
        for name in unique
    ]
    return reply(200, {"fields": [*plain, *others]})
