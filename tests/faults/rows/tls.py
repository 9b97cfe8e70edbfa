"""TLS before Zoho's stand-in: sound, or broken in each way that a client can meet."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from tests.faults.proxy import CHUNK, Proxy, reset

GOOD = "good"
CERTIFICATES = ("expired", "another host's", "nobody's")
"""Ways in which a certificate is wrong; nobody's is signed by nobody whom one could trust."""


class TlsProxy(Proxy):
    """Ends TLS and passes plain HTTP on, in the manner that is ordered."""

    def __init__(self, target: int, folder: Path) -> None:
        """`folder` takes the file `authority`, which holds whom a client must trust."""
        self.authority = folder / "authority.pem"
        trusted, nobody = trustme.CA(), trustme.CA()
        trusted.cert_pem.write_to_path(self.authority)
        self.contexts = {
            manner: context_of(nobody if manner == "nobody's" else trusted, manner)
            for manner in (GOOD, *CERTIFICATES)
        }
        super().__init__(target)

    def heal(self) -> None:
        """Speak TLS with a good certificate again."""
        super().heal()
        self.manner = GOOD

    def _join(self, client: socket.socket, upstream: socket.socket) -> None:
        threading.Thread(target=self._serve, args=(client, upstream), daemon=True).start()

    def _serve(self, client: socket.socket, upstream: socket.socket) -> None:
        """One connection, from handshake to end."""
        manner = self.manner
        with contextlib.suppress(OSError, ValueError):  # ValueError: cut, and closed by that
            if manner in self.contexts:
                client = self.contexts[manner].wrap_socket(client, server_side=True)
                with self.lock:
                    self.pairs.add((client, upstream))
                relay(client, upstream)
            else:
                HANDSHAKES[manner](client)
        with self.lock:
            self.pairs.discard((client, upstream))
        for sock in (client, upstream):
            reset(sock)


def relay(client: ssl.SSLSocket, upstream: socket.socket) -> None:
    """Pass bytes both ways until one side ends. One thread: a TLS connection takes no two."""
    while True:
        ready = [client] if client.pending() else select.select([client, upstream], [], [])[0]
        for source in ready:
            if not (data := source.recv(CHUNK)):
                return
            if source is client:
                upstream.sendall(data.replace(b"\r\n", b"\r\nX-Forwarded-Proto: https\r\n", 1))
            else:
                client.sendall(data)


def speak_plainly(client: socket.socket) -> None:
    """What a web server says on the wrong port."""
    client.recv(CHUNK)
    client.sendall(b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def cut(client: socket.socket) -> None:
    """Hang up on the client's hello."""
    client.recv(CHUNK)


def say_nothing(client: socket.socket) -> None:
    """Take the hello, and never answer."""
    client.recv(CHUNK)
    time.sleep(60)


HANDSHAKES = {"no TLS": speak_plainly, "cut": cut, "silent": say_nothing}
"""Ways in which none comes about."""


def context_of(authority: trustme.CA, manner: str) -> ssl.SSLContext:
    """What a server needs that has a certificate of this authority, wrong in this manner."""
    host = "10.9.8.7" if manner == "another host's" else "127.0.0.1"
    yesterday = datetime.now(UTC) - timedelta(days=1)
    ended = yesterday if manner == "expired" else None
    made = authority.issue_cert(host, not_before=yesterday - timedelta(days=30), not_after=ended)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.configure_cert(context)
    return context
