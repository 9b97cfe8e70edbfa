"""The load generator and the wire of the benchmarks, and what they call grown too much."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.growth import FAILED, WALLS, Growth, Seen
from bench.kit.load import Generator, Order
from bench.kit.network import NAME, is_left


class Taker(BaseHTTPRequestHandler):
    """Answers 202 to whatever is posted."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_pace_is_never_exceeded(port: int) -> None:
    result = Generator(Order(port, "/", 0.5, connections=4, pace=40)).run()

    assert 5 < result.acknowledged <= 21
    assert result.errors == 0


def test_without_a_pace_it_posts_what_is_answered(port: int) -> None:
    result = Generator(Order(port, "/", 0.5, connections=4)).run()

    assert result.acknowledged > 21
    assert result.errors == 0


def test_what_a_killed_measurement_left_behind_is_told_from_what_is_in_use() -> None:
    assert is_left(f"{NAME}4294967295-0")
    assert not is_left(f"{NAME}{os.getpid()}-0")
    assert not is_left(NAME)


@pytest.mark.parametrize(
    ("sql", "page", "missed"),
    [
        ((10, 11, 15), (80, 90, 100), []),
        ((10, 11, 16), (80, 90, 100), ["claim: × 1.60"]),
        ((10, 11, 15), (80, 90, 101), [f"{WALLS[FAILED]}: 101"]),
    ],
)
def test_a_page_is_judged_by_its_time_with_the_most_leads_and_every_path_by_how_it_grows(
    sql: tuple[float, ...], page: tuple[float, ...], missed: list[str]
) -> None:
    sizes = (10_000, 1_000_000, 10_000_000)
    seen = {
        size: {"claim": Seen(one, one), WALLS[FAILED]: Seen(another, another)}
        for size, one, another in zip(sizes, sql, page, strict=True)
    }

    assert Growth(seen, []).missed() == missed
