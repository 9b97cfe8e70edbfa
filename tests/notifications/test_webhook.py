"""One POST to an address that a person typed in."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from leads.networks import is_open
from notifications.channels.webhook import NotPosted, WebhookAnswer, fault_of, post
from tests.notifications.mailserver import black_hole
from tests.notifications.receiver import Receiver, receiving
from tests.postgres import free_port


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver that may be called although it is on this machine."""
    settings.WEBHOOK_PRIVATE = True
    with receiving() as receiver:
        yield receiver


def test_what_is_posted_arrives(receiver: Receiver) -> None:
    answer = post(receiver.address + "?a=1", b"hello", {"webhook-id": "msg_1"}, 5)

    (call,) = receiver.calls
    assert answer == WebhookAnswer(200)
    assert (call.path, call.body) == ("/hooks/T0/secret-part?a=1", b"hello")
    assert call.headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize("status", [204, 302, 400, 410, 429, 500])
def test_every_status_is_an_answer(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.body = status, b""

    assert post(receiver.address, b"", {}, 5).status == status


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with receiving() as other:
        receiver.status, receiver.headers = 307, {"Location": other.address}

        assert post(receiver.address, b"hello", {}, 5).status == 307
        assert other.calls == []


def test_the_receiver_says_how_long_to_wait(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "90"}

    assert post(receiver.address, b"", {}, 5) == WebhookAnswer(429, 90)


def test_a_wait_without_end_is_cut_to_a_day(receiver: Receiver) -> None:
    receiver.headers = {"Retry-After": "9" * 30}

    assert post(receiver.address, b"", {}, 5).wait == 86_400


def test_an_answer_that_drips_ends_at_the_deadline(receiver: Receiver) -> None:
    receiver.body, receiver.drip = b"x" * 100, 0.1
    started = time.monotonic()

    with pytest.raises(NotPosted, match="No whole answer in time"):
        post(receiver.address, b"", {}, 1)

    assert time.monotonic() - started < 2


def test_a_handshake_that_drips_ends_at_the_deadline(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE = True
    started = time.monotonic()

    with black_hole() as port, pytest.raises(NotPosted, match="in time"):
        post(f"https://127.0.0.1:{port}/", b"", {}, 1)

    assert time.monotonic() - started < 2


def test_a_look_up_that_hangs_ends_at_the_deadline(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_PRIVATE = True
    go_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: go_on.wait(20) and [])
    started = time.monotonic()

    with pytest.raises(NotPosted, match="in time"):
        post("https://slow-dns.example.com/", b"", {}, 0.5)

    assert time.monotonic() - started < 3
    go_on.set()


def test_an_answer_without_end_is_read_no_further(receiver: Receiver) -> None:
    receiver.endless = True
    started = time.monotonic()

    assert post(receiver.address, b"", {}, 5).status == 200
    assert time.monotonic() - started < 2


def test_a_receiver_that_says_nothing_is_left(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE = True
    started = time.monotonic()

    with black_hole() as port, pytest.raises(NotPosted, match="in time"):
        post(f"http://127.0.0.1:{port}/", b"", {}, 1)

    assert time.monotonic() - started < 2


def test_a_port_where_nobody_listens_is_told(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE = True

    with pytest.raises(NotPosted, match="Connection refused"):
        post(f"http://127.0.0.1:{free_port()}/", b"", {}, 5)


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    with pytest.raises(NotPosted, match=r"TLS|broke"):
        post(receiver.address.replace("http://", "https://"), b"", {}, 5)

    assert receiver.calls == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433"])
def test_this_machine_is_not_called(settings: Settings, host: str) -> None:
    settings.WEBHOOK_PRIVATE = False
    with receiving() as receiver:
        port = receiver.address.split(":")[2].partition("/")[0]

        with pytest.raises(NotPosted, match=r"private network|name is not known"):
            post(f"https://{host}:{port}/", b"", {}, 5)

    assert receiver.calls == []


def test_one_private_address_of_a_name_is_enough_to_refuse_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_PRIVATE = False
    places = [(2, 1, 6, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: places)

    with pytest.raises(NotPosted, match="private network"):
        post("https://both.example.com/", b"", {}, 5)


def test_the_name_is_resolved_once_so_a_second_answer_cannot_turn_it_round(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_PRIVATE = False
    answers = iter(["93.184.216.34", "127.0.0.1"])
    asked, reached = [], []

    def resolve(
        host: str, port: int, **_kinds: Any
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append(host)
        return [(2, 1, 6, "", (next(answers), port))]

    def connect(place: tuple[str, int], timeout: float) -> None:
        reached.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(NotPosted):
        post("https://turncoat.example.com/", b"", {}, 5)

    assert (asked, reached) == (["turncoat.example.com"], ["93.184.216.34"])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "fec0::1",
        "feff::1",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "192.0.0.192",
        "192.88.99.1",
        "3fff::1",
        "5f00::1",
        "100.100.100.200",
        "fd00:ec2::254",
        "2606:4700::5efe:7f00:1",
        "2606:4700:0:0:200:5efe:a9fe:a9fe",
    ],
)
def test_an_address_that_is_not_of_the_open_internet_is_known(address: str) -> None:
    assert not is_open(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "168.63.129.17", "2606:2800:220:1:248:1893:25c8:1946"]
)
def test_an_address_of_the_open_internet_is_open(address: str) -> None:
    assert is_open(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hooks.example.com/x",
        "ftp://hooks.example.com/",
        "http://hooks.example.com/",
        "https://",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com/#x",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX: y",
        "https://hooks.exämple.com/",
        "https://hooks.example.com:99999/",
        "https://[::1/",
        f"https://hooks.example.com/{'x' * 2_000}",
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_with_a_word(
    settings: Settings, address: str
) -> None:
    settings.WEBHOOK_PRIVATE = False

    assert fault_of(address)


def test_a_slack_address_can_be_posted_to(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE = False

    assert fault_of("https://hooks.slack.com/services/T0/B0/abcDEF") == ""


def test_no_fault_repeats_the_address(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE = True
    address = f"http://127.0.0.1:{free_port()}/services/secret-part"

    with pytest.raises(NotPosted) as caught:
        post(address, b"", {}, 5)

    assert "secret-part" not in str(caught.value)
    assert caught.value.__cause__ is None
