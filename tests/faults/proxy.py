"""A TCP proxy that cuts, delays, drips, resets and falls silent on order."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)
CHUNK = 65536


class Proxy:
    """Stands before one address of 127.0.0.1. As long as nothing is ordered it only passes on."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self.target = target
        self.server = socket.create_server((host, 0))
        self.port = int(self.server.getsockname()[1])
        self.pairs: set[tuple[socket.socket, socket.socket]] = set()
        self.lock = threading.Lock()
        self.heal()
        threading.Thread(target=self._accept, daemon=True).start()

    # --- Orders -------------------------------------------------------------------------------

    def heal(self) -> None:
        """Pass everything on again. Bytes that were swallowed stay so: cut their connections."""
        self.refusing = self.silent = self.dripping = False
        self.delay = 0.0
        self.reset_after: int | None = None

    def cut(self) -> int:
        """Reset every connection there is; how many."""
        with self.lock:
            pairs, self.pairs = self.pairs, set()
        for pair in pairs:
            for sock in pair:
                reset(sock)
        return len(pairs)

    def refuse(self) -> None:
        """Reset every connection, and each new one."""
        self.refusing = True
        self.cut()

    def close(self) -> None:
        """Listen no more."""
        self.server.close()
        self.cut()

    # --- Traffic ------------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self.server.accept()
            except OSError:
                return
            if self.refusing:
                reset(client)
                continue
            try:
                upstream = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                reset(client)
                continue
            upstream.settimeout(None)
            self._join(client, upstream)

    def _join(self, client: socket.socket, upstream: socket.socket) -> None:
        pair = (client, upstream)
        for sock in pair:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.lock:
            self.pairs.add(pair)
        for source, sink, answers in ((client, upstream, False), (upstream, client, True)):
            arguments = (pair, source, sink, answers)
            threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(
        self,
        pair: tuple[socket.socket, socket.socket],
        source: socket.socket,
        sink: socket.socket,
        answers: bool,
    ) -> None:
        """Pass bytes on, one way; what is ordered hits the answers."""
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if self.silent:
                    continue
                if answers and self.delay:
                    time.sleep(self.delay)
                if answers and self.reset_after is not None:
                    data = data[: max(0, self.reset_after - passed)]
                    sink.sendall(data)
                    passed += len(data)
                    if passed >= self.reset_after:
                        break
                elif answers and self.dripping:
                    self._drip(sink, data)
                else:
                    sink.sendall(data)
        with self.lock:
            self.pairs.discard(pair)
        for sock in pair:
            reset(sock)

    def _drip(self, sink: socket.socket, data: bytes) -> None:
        for number in range(len(data)):
            if not self.dripping:
                sink.sendall(data[number:])
                return
            sink.sendall(data[number : number + 1])
            time.sleep(0.1)


def reset(sock: socket.socket) -> None:
    """Close with a reset, as a peer that is gone."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        # Wakes the thread that reads from it; close alone does not.
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
