"""One HTTP call: over before its deadline, and nothing secret in what is kept of it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.models import ApiCall, Destination
from tests.faults.rows.tls import TlsProxy
from tests.zoho.wire import (
    Play,
    Wire,
    drip_body,
    drip_headers,
    hang_up,
    reply,
    silence,
    stored,
    truncated,
)
from zoho.api import client

PATH = "/crm/v8/Leads"
TOKEN = "canary-access-token"


@pytest.fixture
def call(destination: Destination) -> ApiCall:
    return ApiCall.objects.create(
        destination=destination, kind=ApiCall.Kind.INSERT, started_at=timezone.now()
    )


@pytest.fixture
def post(wire: Wire, call: ApiCall) -> Callable[..., client.ZohoAnswer]:
    def send(*plays: Play, seconds: float = 5, url: str = "", **content: Any) -> client.ZohoAnswer:
        if plays:
            wire.on(f"POST {PATH}", *plays)
        content = content or {"json": {"data": [{"Last_Name": "Silva"}]}}
        address = url or f"{wire.url}{PATH}"
        return client.send(call, Deadline(seconds), "POST", address, token=TOKEN, **content)

    return send


@pytest.fixture
def tls(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsProxy]:
    """TLS before the wire, signed by somebody whom the client trusts."""
    proxy = TlsProxy(int(wire.url.rpartition(":")[2]), tmp_path)
    monkeypatch.setattr(client.SESSION, "verify", str(proxy.authority))
    yield proxy
    proxy.close()


def test_an_answer_is_read_whole_and_noted(post: Any, call: ApiCall, wire: Wire) -> None:
    answer = post(stored("61000"))

    assert (answer.status, answer.json()["data"][0]["details"]) == (201, {"id": "61000"})
    assert call.status == 201
    assert call.request.startswith(f"POST {wire.url}{PATH}\n")
    assert "Silva" in call.request
    assert "61000" in call.response
    assert call.ended_at is not None
    assert call.ended_at >= call.started_at


def test_the_token_is_sent_as_zoho_wants_it(post: Any, wire: Wire) -> None:
    post()

    assert wire.requests[0].headers["Authorization"] == f"Zoho-oauthtoken {TOKEN}"


def test_a_connection_is_kept_from_call_to_call(post: Any, wire: Wire) -> None:
    ports = set()
    real = wire.next_play

    def note(seen: Any) -> Play:
        play = real(seen)

        def noting(handler: Any) -> None:
            ports.add(handler.client_address[1])
            play(handler)

        return noting

    wire.next_play = note  # type: ignore[method-assign]  # for this test
    for _ in range(3):
        post()

    assert len(ports) == 1


@pytest.mark.parametrize("status", [200, 204, 400, 404, 429, 500, 503])
def test_any_status_is_an_answer(post: Any, status: int) -> None:
    assert post(reply(status)).status == status


def test_a_redirect_is_not_followed(post: Any, wire: Wire) -> None:
    answer = post(reply(302, b"", Location=f"{wire.url}/elsewhere"))

    assert answer.status == 302
    assert len(wire.requests) == 1


# --- Nothing was sent ------------------------------------------------------------------------


def test_a_refused_connection_sent_nothing(post: Any, call: ApiCall) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(client.NotSent):
            post(url=f"http://127.0.0.1:{port}{PATH}")

    assert "No connection" in call.error
    assert call.status is None
    assert call.ended_at is not None


def test_a_name_that_is_not_found_sent_nothing(post: Any) -> None:
    with pytest.raises(client.NotSent):
        post(url=f"http://no-such-host.invalid{PATH}")


def test_a_look_up_that_hangs_ends_with_the_deadline_and_sent_nothing(
    post: Any, wire: Wire, call: ApiCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: hanging.wait(20))
    started = time.monotonic()

    with pytest.raises(client.NotSent):
        post(url=f"http://slow-dns.invalid{PATH}", seconds=0.5)

    assert time.monotonic() - started < 5
    assert "No connection" in call.error
    hanging.set()


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("expired", "the certificate is not accepted, certificate has expired"),
        ("another host's", "certificate is not valid for '127.0.0.1'"),
        ("nobody's", "unable to get local issuer certificate"),
        ("no TLS", "no TLS came about, WRONG_VERSION_NUMBER"),
        ("cut", "No connection"),
    ],
)
def test_broken_tls_sent_nothing_and_says_what_is_wrong(
    post: Any, call: ApiCall, tls: TlsProxy, manner: str, words: str
) -> None:
    tls.manner = manner
    with pytest.raises(client.NotSent):
        post(url=f"https://127.0.0.1:{tls.port}{PATH}")

    assert words in call.error


def test_a_silent_handshake_ends_with_the_deadline_and_sent_nothing(
    post: Any, tls: TlsProxy
) -> None:
    tls.manner = "silent"
    started = time.monotonic()

    with pytest.raises(client.NotSent):
        post(url=f"https://127.0.0.1:{tls.port}{PATH}", seconds=0.5)

    assert time.monotonic() - started < 5


def test_sound_tls_is_spoken(post: Any, tls: TlsProxy) -> None:
    assert post(stored("61000"), url=f"https://127.0.0.1:{tls.port}{PATH}").status == 201


@pytest.mark.parametrize("url", ["", "www.zohoapis.com", "http://", "http://[bad", "ftp://x/y"])
def test_an_address_that_is_none_sent_nothing(post: Any, call: ApiCall, url: str) -> None:
    with pytest.raises(client.NotSent):
        post(url=f"{url}{PATH}")

    assert call.ended_at is not None


# --- Something was sent, and no whole answer came --------------------------------------------


def test_a_connection_that_breaks_after_the_request_is_no_answer(post: Any, call: ApiCall) -> None:
    with pytest.raises(client.NoAnswer):
        post(hang_up)

    assert call.error
    assert call.status is None


def test_a_broken_connection_is_not_used_again(post: Any) -> None:
    post()
    with pytest.raises(client.NoAnswer):
        post(hang_up)

    assert post(stored("61000")).status == 201


def test_a_truncated_answer_is_no_answer(post: Any) -> None:
    with pytest.raises(client.NoAnswer):
        post(truncated)


@pytest.mark.parametrize("play", [silence(3), drip_body, drip_headers])
def test_the_deadline_ends_a_call_however_slowly_it_is_answered(
    post: Any, call: ApiCall, play: Play
) -> None:
    started = time.monotonic()

    with pytest.raises(client.NoAnswer, match="deadline"):
        post(play, seconds=0.5)

    assert time.monotonic() - started < 1.2
    assert call.ended_at is not None


def test_a_deadline_of_one_call_does_not_reach_the_next(post: Any) -> None:
    with pytest.raises(client.NoAnswer):
        post(drip_body, seconds=0.3)

    assert post(stored("61000"), seconds=5).status == 201


@pytest.mark.parametrize(
    "play",
    [
        reply(200, b"x" * (client.MAX_ANSWER + 1000)),
        reply(200, gzip.compress(b"x" * 50_000_000), **{"Content-Encoding": "gzip"}),
    ],
)
def test_a_huge_answer_is_read_in_part_and_is_not_json(post: Any, play: Play) -> None:
    answer = post(play)

    assert len(answer.body) <= client.MAX_ANSWER + 1
    assert answer.json() is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"a": 1' + b"0" * 5000 + b"}"]
)
def test_a_body_that_is_not_json_is_none(post: Any, body: bytes) -> None:
    assert post(reply(200, body)).json() is None


# --- Secrets ---------------------------------------------------------------------------------


def test_credentials_are_kept_out_of_the_exchange(wire: Wire, call: ApiCall) -> None:
    wire.on("POST /oauth", reply(200, {"access_token": "canary-new", "refresh_token": "canary"}))
    form = {"client_secret": "canary-secret", "refresh_token": "canary-refresh"}

    client.send(call, Deadline(5), "POST", f"{wire.url}/oauth/v2/token", data=form, secret=True)

    call.save()
    assert "canary" not in str(vars(call))
    assert b"canary-secret" in wire.requests[0].body


@pytest.mark.parametrize("before", [0, client.CLIP - 5])
def test_a_token_that_is_repeated_in_an_answer_is_masked(
    post: Any, call: ApiCall, before: int
) -> None:
    post(reply(401, b"x" * before + TOKEN.encode()))

    assert "canary" not in call.response


@pytest.mark.parametrize("play", [hang_up, truncated, drip_headers])
def test_an_error_holds_no_secret(post: Any, call: ApiCall, play: Play) -> None:
    with pytest.raises(client.NoAnswer) as caught:
        post(play, seconds=0.3)

    assert TOKEN not in f"{caught.value!r} {caught.value.__cause__!r} {vars(call)}"


def test_an_exchange_is_clipped_and_holds_no_nul(post: Any, call: ApiCall) -> None:
    post(reply(200, b"\x00" * 50_000), json={"data": "y" * 50_000})

    call.save()
    assert len(call.request) == len(call.response) == client.CLIP
