"""One HTTP call to Zoho, over before its deadline, with what was seen written on its ApiCall."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import requests
from django.utils.translation import gettext_noop as _
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from leads.clock import Deadline
from leads.deadline_socket import DeadlineSocket
from leads.models import ApiCall
from leads.shown.sentences import Sentence
from zoho.api import reach

CONNECT_SECONDS = 5.0
"""For each address of a host. Finding and trying them all ends with CONNECT_IN_ALL."""
CONNECT_IN_ALL = 10.0
MAX_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer that are read: 100 records' results take about 50 KB."""
CLIP = 4000
"""Characters of a request and of an answer that are kept."""
NOT_KEPT = "(not kept: holds credentials or personal data)"

NO_CONNECTION = Sentence(_("No connection: %(what)s"))
NO_CONNECTION_FOR = Sentence(_("No connection: %(kind)s"))
LATE = Sentence(_("No whole answer before the deadline"))()
BROKE = Sentence(_("The connection broke: %(kind)s"))
NO_CERTIFICATE = Sentence(_("the certificate is not accepted, %(said)s"))
NO_TLS = Sentence(_("no TLS came about, %(said)s"))


class NotSent(Exception):
    """No connection came about: Zoho cannot have seen the request."""


class NoAnswer(Exception):
    """The request left, or part of it did, and no whole answer came back."""


@dataclass(frozen=True)
class ZohoAnswer:
    """An HTTP answer, whatever it says."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON; None where it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def credits_left(self) -> int | None:
        """The day's API credits that are left; Zoho tells once half of them are used."""
        told = self.headers.get("X-API-CREDITS-REMAINING", "")
        return int(told) if told.isdecimal() and len(told) < 10 else None


class Exchange(threading.local):
    """The request that this thread makes. `http.client` has no place to hand it down through."""

    socket: DeadlineSocket | None = None
    sent = False
    """Whether any of it has left: from then on no answer means that it may have arrived."""


exchange = Exchange()


class _Watched:
    """A connection whose socket ends with the deadline, and that says when it is used."""

    def send(self: Any, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if exchange.socket and not exchange.socket.in_use:  # kept from an earlier call
            exchange.socket.use(self.sock)
        exchange.sent = True
        super().send(data)  # type: ignore[misc]  # mixed into a connection

    def _new_conn(self: Any) -> socket.socket:
        """A connected socket, in time: one host may have many addresses to try."""
        connect = super()._new_conn  # type: ignore[misc]  # mixed into a connection
        assert exchange.socket is not None  # noqa: S101 - for the type checker
        return exchange.socket.connect(lambda: self._reach(connect), CONNECT_IN_ALL)

    def _reach(self: Any, connect: Callable[[], socket.socket]) -> socket.socket:
        """To the host; where it is none of Zoho's, to an address of it that was judged."""
        if not reach.is_judged(self.host):
            return connect()
        fault: Exception = TimeoutError()
        for place in reach.places(self.host, self.port):
            self._dns_host = place
            try:
                return connect()
            except (OSError, HTTPError) as error:
                fault = error
        raise fault


class _WatchedHTTP(_Watched, HTTPConnection):
    pass


class _WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


def make_session() -> requests.Session:
    """A session that keeps connections, follows no environment and retries nothing."""
    session = requests.Session()
    session.trust_env = False  # a .netrc would replace our Authorization header
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=0))
    return session


# One a process: connections to Zoho are kept from call to call and from task to task.
SESSION = make_session()


def send(
    call: ApiCall,
    deadline: Deadline,
    method: str,
    url: str,
    *,
    token: str = "",
    secret: bool = False,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> ZohoAnswer:
    """Send one request and read the whole answer before the deadline.

    `content` is `json`, `data` or `params` as `requests` takes them, `headers` travel beside the
    token's; `secret` keeps both bodies out of the stored exchange. What was seen is set on `call`,
    which is not saved here.
    Raises NotSent or NoAnswer, with words that hold no secret.
    """
    request = requests.Request(
        method, url, headers={**(headers or {}), **_headers(token)}, **content
    )
    call.request = _clip(f"{method} {url}")
    started = deadline.clock.monotonic()
    exchange.sent = False
    try:
        if fault := reach.fault_of(url):
            raise reach.Forbidden(fault)
        with DeadlineSocket(deadline) as exchange.socket:
            prepared = SESSION.prepare_request(request)
            call.request = _clip(f"{method} {url}\n{_shown(prepared.body, secret)}")
            answer = _masked(_exchange(prepared, exchange.socket), token)
    except (requests.RequestException, HTTPError, OSError) as error:
        call.error = _what_happened(error, exchange.socket)
        raise (NoAnswer if exchange.sent else NotSent)(call.error) from None
    finally:
        elapsed = timedelta(seconds=deadline.clock.monotonic() - started)
        call.ended_at = call.started_at + elapsed
    call.status = answer.status
    call.response = _clip(_shown(answer.body, secret))
    return answer


def _exchange(prepared: requests.PreparedRequest, line: DeadlineSocket) -> ZohoAnswer:
    left = max(0.1, line.deadline.left())
    response = SESSION.send(
        prepared, timeout=(min(CONNECT_SECONDS, left), left), allow_redirects=False, stream=True
    )
    with response:
        body = response.raw.read(MAX_ANSWER + 1, decode_content=True)
        if len(body) > MAX_ANSWER:
            response.raw.close()
        if line.late:
            raise requests.Timeout
    return ZohoAnswer(response.status_code, body, response.headers)


def _masked(answer: ZohoAnswer, token: str) -> ZohoAnswer:
    """The answer without the token: Zoho's words go into logs and mails."""
    if not token:
        return answer
    return replace(answer, body=answer.body.replace(token.encode(), b"***"))


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Zoho-oauthtoken {token}"} if token else {}


def _what_happened(error: Exception, line: DeadlineSocket | None) -> str:
    """The fault in words of ours: the error's own text can hold the credentials of a URL."""
    kind = type(error).__name__
    if not exchange.sent:
        return _no_connection(error, kind)
    if line is None or line.late or not line.deadline.left():
        return LATE
    return BROKE(kind=kind)


def _no_connection(error: Exception, kind: str) -> str:
    if ours := _refused_by_us(error) or _tls_fault(error):
        return NO_CONNECTION(what=ours)
    return NO_CONNECTION_FOR(kind=kind)


def _refused_by_us(error: BaseException | None) -> str:
    """Why we made no connection; empty where the fault is another."""
    while error is not None and not isinstance(error, reach.Forbidden):
        error = error.__cause__ or error.__context__
    return str(error or "")


def _tls_fault(error: BaseException | None) -> str:
    """What is wrong with the other side's TLS, which names at most a host; empty if nothing is."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    if error is None:
        return ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NO_CERTIFICATE(said=error.verify_message)
    return NO_TLS(said=error.reason)


def _shown(body: bytes | str | None, secret: bool) -> str:
    if secret:
        return NOT_KEPT
    if isinstance(body, bytes):
        return body[:CLIP].decode(errors="replace")
    return (body or "")[:CLIP]


def _clip(text: str) -> str:
    return text.replace("\x00", "\ufffd")[:CLIP]
