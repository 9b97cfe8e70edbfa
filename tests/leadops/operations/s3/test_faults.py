"""Whatever a server of S3 does, one plain line says so, with nothing of the server's in it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from leadops.operations.dumps import NotDone
from leadops.operations.s3 import bucket as module
from leadops.operations.s3.address import Address
from leadops.operations.s3.backups import upload
from leadops.operations.s3.bucket import Bucket
from tests.leadops.operations.s3.conftest import SECRET

pytestmark = pytest.mark.one_database

CANARY = "Ada Lovelace"
SILENCE = b"silence"


def xml(status: str, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>{CANARY}</Message></Error>"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def ok(body: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{body}".encode()


@pytest.fixture
def answering(s3: str, settings: Any) -> Iterator[Callable[[bytes], Address]]:
    """An address whose server says the same to everybody, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    said: list[bytes] = []
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                peer, _address = listener.accept()
            except OSError:
                return
            held.append(peer)
            if said[0] != SILENCE:
                with closing(peer):
                    peer.recv(65536)
                    peer.sendall(said[0])

    def start(answer: bytes) -> Address:
        said.append(answer)
        settings.S3_ENDPOINT_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=serve, daemon=True).start()
        return Address("backups", "leads")

    yield start
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for peer in held:
        peer.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (xml("403 Forbidden", "AccessDenied"), "may not do that (GetObject: AccessDenied)"),
        (xml("404 Not Found", "NoSuchBucket"), "no such bucket (GetObject: NoSuchBucket)"),
        (xml("503 Slow Down", "SlowDown"), "the server refused (GetObject: SlowDown)"),
        (xml("400 Bad", "<b>A</b>\n- B"), "the client failed (TypeError)"),
        (xml("400 Bad", f"{CANARY}\n- B" * 50), "the server refused (GetObject: AdaL"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "the server refused (GetObject: 500)"),
        (b"", "the connection was cut"),
        (ok("", 100), "the connection was cut"),
        (f"{CANARY}\r\n\r\n".encode(), "the connection was cut"),
        (SILENCE, "no answer came in time"),
    ],
)
def test_a_backup_ends_with_one_line(
    answering: Callable[[bytes], Address],
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
    words: str,
) -> None:
    monkeypatch.setitem(module.TIMEOUTS, "read_timeout", 0.3)
    address = answering(answer)

    with pytest.raises(CommandError) as ended:
        call_command("backup", to=str(address))

    [line] = str(ended.value).splitlines()
    assert line.startswith(f"{address}: ")
    assert words in line
    for canary in (CANARY, SECRET, "canary-of-a-key"):
        assert canary not in line


@pytest.mark.parametrize("body", [f"<html>{CANARY}", "", "<a/>", "<a><Contents/></a>", "{}"])
def test_whoever_says_yes_to_everything_has_no_backup(
    answering: Callable[[bytes], Address], tmp_path: Any, body: str
) -> None:
    """Such as the page of a network that wants a log-in first."""
    bucket = Bucket(answering(ok(body)))
    (tmp_path / "leadops.dump").write_bytes(b"x")

    with pytest.raises(NotDone) as ended:
        upload(bucket, tmp_path / "leadops.dump", read_back=False)

    assert CANARY not in str(ended.value)


def test_a_bucket_that_is_not_there(s3: str) -> None:
    with pytest.raises(NotDone, match="there is no such bucket"):
        Bucket(Address("nobody-made-it", "")).sizes()


def test_without_credentials_it_says_which(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")

    with pytest.raises(NotDone, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role"):
        Bucket(Address("backups", "")).sizes()


def test_where_nobody_listens(s3: str, settings: Any) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"

    with pytest.raises(NotDone, match="nobody answers there; see S3_ENDPOINT_URL"):
        Bucket(Address("backups", "")).put("a", b"")
