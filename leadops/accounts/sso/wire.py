"""Calls to a provider: over in time, of bounded size, nowhere but where they were sent.

django-allauth speaks to providers through `requests`, whose time-outs bound no whole answer, and
which follows redirects to wherever they lead.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from leadops.accounts.sso.refusals import Refused
from leads.clock import Deadline
from leads.deadline_socket import DeadlineSocket, tls
from leads.networks import is_open

SECONDS = 5
"""For one call, name and TLS included."""
LONGEST_ANSWER = 512 * 1024
AT_ONCE = BoundedSemaphore(4)
"""Calls of a process under way: a provider that hangs does not hold all its threads."""
HERE = {"127.0.0.1", "localhost", "::1"}


def ask(
    url: Any,
    *,
    is_judged: bool,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The object that is answered to a GET, or to a POST of a form. Raises Refused."""
    parts = judged_address(url)
    sent = {"Accept": "application/json", "User-Agent": "LeadOps", **(headers or {})}
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    if not AT_ONCE.acquire(blocking=False):
        raise Refused("busy")
    try:
        body = None if form is None else urlencode(form).encode()
        status, content = _exchange(parts, body, sent, is_judged)
    finally:
        AT_ONCE.release()
    if status != 200:
        raise Refused("unreachable" if status >= 500 else "answer")
    return _object(content)


def _exchange(
    parts: SplitResult, body: bytes | None, headers: dict[str, str], is_judged: bool
) -> tuple[int, bytes]:
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    with DeadlineSocket(Deadline(SECONDS)) as line:
        with closing(_Connection(parts, line, is_judged)) as http:
            try:
                http.request("GET" if body is None else "POST", path, body, headers)
                got = http.getresponse()
                content = got.read(LONGEST_ANSWER + 1)
            except (OSError, HTTPException, ValueError):
                raise Refused("unreachable") from None
        if line.late:
            raise Refused("unreachable")
    return got.status, content


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content) if len(content) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("answer")
    return found


def judged_address(url: Any) -> SplitResult:
    """The parts of an address that may be called. Raises Refused: https, or this machine."""
    try:
        parts: SplitResult = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except (ValueError, TypeError, AttributeError):
        raise Refused("answer") from None
    plain = isinstance(url, str) and url.isascii() and url.isprintable() and " " not in url
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in HERE)
    if not plain or not is_safe or not host or parts.username is not None:
        raise Refused("answer")
    return parts


class _Connection(HTTPConnection):
    """A connection that is over before its deadline, and to the open Internet if it is judged."""

    def __init__(self, parts: SplitResult, line: DeadlineSocket, is_judged: bool) -> None:
        self.tls = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if self.tls else 80))
        self.line, self.is_judged = line, is_judged

    def connect(self) -> None:
        """To the first address that answers."""
        self.sock = self.line.connect(self._reach)
        if self.tls:
            self.sock = tls().wrap_socket(self.sock, server_hostname=self.host)

    def _reach(self) -> socket.socket:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        places = [str(place[0]) for *_rest, place in found]
        if self.is_judged and not all(
            is_open(ipaddress.ip_address(one.partition("%")[0])) for one in places
        ):
            raise OSError("leads into a private network")
        error: OSError = TimeoutError()
        for place in places:
            try:
                left = max(0.1, self.line.deadline.left())
                return socket.create_connection((place, self.port), timeout=left)
            except OSError as failed:
                error = failed
        raise error
