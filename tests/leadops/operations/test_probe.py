"""What a container's health check is told."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from leadops.operations import probe
from tests.factories import make_heartbeat
from tests.postgres import free_port


class Live(BaseHTTPRequestHandler):
    """A web process."""

    def do_GET(self) -> None:
        """200 where it is asked for the right thing."""
        self.send_response(200 if self.path == "/healthz/live" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def code(*words: str) -> object:
    with pytest.raises(SystemExit) as ended:
        probe.main(list(words))
    return ended.value.code


def test_a_web_process_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), Live) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setenv("PORT", str(server.server_port))

        assert code("web") == 0


def test_a_web_process_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(free_port()))

    assert code("web") == 1


@pytest.mark.parametrize(("host", "expected"), [(socket.gethostname(), 0), ("another", 1)])
def test_the_worker_of_this_machine_is_meant(db: None, host: str, expected: int) -> None:
    make_heartbeat(host=host)

    assert code("worker") == expected


@pytest.mark.parametrize("words", [(), ("queue",), ("web", "worker")])
def test_other_words_are_refused(words: tuple[str, ...]) -> None:
    assert code(*words) == probe.USAGE
