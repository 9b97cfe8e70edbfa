"""The intake behind a real server: raw sockets, slow senders, and nginx in front."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.journeys.kit.front import nginx_before
from tests.journeys.kit.raw import post, slow_senders, statuses, talk
from tests.journeys.kit.system import System

LEAD = b'{"contact_name": "Ana", "phone": "1"}'
CHUNKED = b'5\r\n{"con\r\n20\r\ntact_name": "Ana", "phone": "1"}\r\n0\r\n\r\n'
CLOSE = "Connection: close"
# What is sent after headers of its own, the status codes that are right, and how many leads.
CASES: dict[str, tuple[list[str], bytes, str | None, set[int], int]] = {
    "a plain post": ([CLOSE], LEAD, None, {202}, 1),
    "chunks": (["Transfer-Encoding: chunked", CLOSE], CHUNKED, "", {202}, 1),
    "chunks with an extension": (
        ["Transfer-Encoding: chunked", CLOSE],
        CHUNKED.replace(b"5\r\n", b"5;a=b\r\n"),
        "",
        {202},
        1,
    ),
    "chunks with a trailer": (
        ["Transfer-Encoding: chunked", CLOSE],
        CHUNKED[:-2] + b"X: y\r\n\r\n",
        "",
        {202, 400},
        1,
    ),
    "chunks beyond a megabyte": (
        ["Transfer-Encoding: chunked", CLOSE],
        b"100001\r\n" + b" " * 0x100001 + b"\r\n0\r\n\r\n",
        "",
        {413},
        0,
    ),
    "a chunk of no size": (["Transfer-Encoding: chunked", CLOSE], b"zz\r\n{}\r\n", "", {400}, 0),
    "a chunk of a negative size": (
        ["Transfer-Encoding: chunked", CLOSE],
        b"-5\r\n{}",
        "",
        {400},
        0,
    ),
    "a chunk of an endless size": (
        ["Transfer-Encoding: chunked", CLOSE],
        b"f" * 100 + b"\r\n{}",
        "",
        {400, 413},
        0,
    ),
    "length and chunks": (["Transfer-Encoding: chunked", CLOSE], CHUNKED, "5", {400}, 0),
    "chunks by another name": (["Transfer-Encoding: xchunked", CLOSE], CHUNKED, "", {400, 501}, 0),
    "chunks behind a blank": (["Transfer-Encoding : chunked", CLOSE], CHUNKED, "", {400}, 0),
    "two lengths": (["Content-Length: 5", CLOSE], LEAD, None, {400}, 0),
    "a negative length": ([CLOSE], LEAD, "-1", {400}, 0),
    "a length with a sign": ([CLOSE], LEAD, "+37", {400}, 0),
    "a length of 5,000 digits": ([CLOSE], LEAD, "9" * 5000, {400, 413}, 0),
    "two megabytes announced": ([CLOSE], b"", "2097152", {413}, 0),
    "no length": ([CLOSE], LEAD, "", {400}, 0),
    "it expects 100": (["Expect: 100-continue", CLOSE], LEAD, None, {202}, 1),
    "it expects 100 for too much": (["Expect: 100-continue", CLOSE], b"", "2097152", {413}, 0),
    "it expects nonsense": (["Expect: nonsense", CLOSE], LEAD, None, {202, 400, 417}, 0),
    "a header with a NUL": (["X-A: \x00", CLOSE], LEAD, None, {400}, 0),
    "a header without a colon": (["nonsense", CLOSE], LEAD, None, {400}, 0),
    "a header without a name": ([": x", CLOSE], LEAD, None, {400}, 0),
    "a folded header": (["X-A: b\r\n c", CLOSE], LEAD, None, {400}, 0),
    "a bare line feed": (["X-A: b\nX-C: d", CLOSE], LEAD, None, {202, 400}, 0),
    "a header of 20 KB": (["X-A: " + "x" * 20_000, CLOSE], LEAD, None, {400, 431}, 0),
    "a header with an underscore": (["Content_Length: 5", CLOSE], LEAD, None, {202, 400}, 1),
    "500 headers": ([f"X-{n}: 1" for n in range(500)], LEAD, None, {400, 431}, 0),
    "an upgrade": (["Upgrade: h2c", "Connection: Upgrade, close"], LEAD, None, {202}, 1),
}
LINES = {
    "HTTP/0.9": b"POST /api/v1/leads/\r\n\r\n",
    "HTTP/9.9": b"POST /api/v1/leads/ HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    "no host": b"POST /api/v1/leads/ HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "a foreign host": b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "a host of nonsense": b"GET / HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "zeros": b"\x00" * 1000,
    "a line without end": b"POST /" + b"x" * 10_000,
    "a proxy's line": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n\r\n",
}


def leads(system: System) -> int:
    """How many are stored."""
    [(count,)] = system.sql("SELECT count(*) FROM leads_lead")
    return int(count)


@pytest.mark.parametrize("name", CASES)
def test_odd_requests_get_an_answer_and_do_no_harm(system: System, name: str) -> None:
    headers, body, length, right, stored = CASES[name]

    answer = talk(system.web_port, post(system.key, body, *headers, length=length))

    assert set(statuses(answer)) <= right, answer[:300]
    assert leads(system) <= max(stored, 202 in right)
    assert stored == 0 or leads(system) == stored
    assert requests.get(f"{system.url}/healthz/live", timeout=5).status_code == 200


@pytest.mark.parametrize("name", LINES)
def test_what_is_no_request_is_not_answered_with_a_fault_of_ours(system: System, name: str) -> None:
    answer = talk(system.web_port, LINES[name], seconds=1)

    assert all(code < 500 or code == 505 for code in statuses(answer)), answer[:300]
    assert leads(system) == 0


def test_two_posts_in_one_breath_are_two_leads(system: System) -> None:
    both = post(system.key, LEAD) + post(system.key, LEAD, CLOSE)

    assert statuses(talk(system.web_port, both)) == [202, 202]
    assert leads(system) == 2


@pytest.mark.parametrize("first", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"])
def test_no_request_is_smuggled_in_anothers_body(system: System, first: str) -> None:
    hidden = b"0\r\n\r\n" + post(system.key, LEAD, CLOSE)

    answer = talk(system.web_port, post(system.key, hidden, first))

    assert 202 not in statuses(answer)
    assert leads(system) == 0


def test_a_form_whose_sender_leaves_in_the_middle_is_no_lead(system: System) -> None:
    whole = post(system.key, LEAD).replace(b"json", b"x-www-form-urlencoded")

    talk(system.web_port, whole.replace(b"Length: 37", b"Length: 370"), seconds=0.5)

    time.sleep(0.3)
    assert leads(system) == 0


def test_a_body_that_drips_is_read_to_its_end(system: System) -> None:
    whole = post(system.key, LEAD, CLOSE)
    pieces = [whole[:-30], *(whole[n : n + 1] for n in range(len(whole) - 30, len(whole)))]

    assert statuses(talk(system.web_port, *pieces, pause=0.01)) == [202]


# --- nginx in front -----------------------------------------------------------------------------


@pytest.fixture
def front(system: System, tmp_path: Path) -> Iterator[int]:
    """The port of an nginx with the configuration of deploy/, without TLS."""
    with nginx_before(system.web_port, tmp_path) as front:
        yield front.port


def send(system: System, port: int, body: bytes = LEAD) -> requests.Response:
    """A good post through nginx."""
    headers = {"Authorization": f"Bearer {system.key}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}/api/v1/leads/"
    return requests.post(url, data=body, headers=headers, timeout=10)


@pytest.mark.parametrize("cut", [40, -10])
def test_behind_nginx_fifty_slow_senders_block_nobody(system: System, front: int, cut: int) -> None:
    beginning = post(system.key, LEAD)[:cut]

    with slow_senders(front, 50, beginning):
        started = time.monotonic()
        answer = send(system, front)
        took = time.monotonic() - started

    assert answer.status_code == 202
    assert took < 3


def test_nginx_refuses_what_is_too_large_in_our_words(system: System, front: int) -> None:
    answer = send(system, front, b" " * (1024 * 1024 + 1))

    url = f"http://127.0.0.1:{front}/f/x/"
    form = requests.post(url, data=b" " * (1024 * 1024 + 1), timeout=20)
    for one in (answer, form):
        assert (one.status_code, one.json()["code"]) == (413, "too_large")


def test_nginx_hands_chunks_on_as_one_body(system: System, front: int) -> None:
    headers = ["Transfer-Encoding: chunked", CLOSE]

    assert statuses(talk(front, post(system.key, CHUNKED, *headers, length=""))) == [202]
    assert leads(system) == 1


def test_nginx_slows_one_visitor_of_forms(system: System, front: int) -> None:
    url = f"http://127.0.0.1:{front}/f/unknown/"

    answers = [requests.post(url, data={"a": "1"}, timeout=10) for _ in range(40)]

    assert {answer.status_code for answer in answers} == {401, 429}
    assert answers[-1].json()["code"] == "over_quota"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_while_gunicorn_is_away_nginx_says_when_to_try_again(system: System, front: int) -> None:
    # The whole group: gunicorn's workers answer on when their parent is killed.
    web = system.processes.pop("web")
    os.killpg(web.pid, signal.SIGKILL)
    web.wait()
    base = f"http://127.0.0.1:{front}"
    try:
        answers = [
            send(system, front),
            *(requests.post(f"{base}/{at}/x/", data={"a": 1}, timeout=10) for at in ("f", "in")),
        ]
    finally:
        system.start_web()

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
