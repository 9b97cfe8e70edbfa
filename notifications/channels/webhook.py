"""One POST to an address that a person typed in: over in time, to the open Internet alone.

The one module besides `zoho` that speaks HTTP. It uses Python's own client, because where the
connection goes must be decided by us: the name is resolved once, every address that comes of it
is judged, and the connection is made to a judged address and no other.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from leads.clock import Deadline
from leads.deadline_socket import DeadlineSocket, tls
from leads.networks import is_open
from leads.shown.sentences import Sentence

LONGEST_ADDRESS = 2_000
MAX_ANSWER = 16 * 1024
"""Bytes of an answer that are read; nothing of it is needed but the status."""
PRIVATE = Sentence(
    gettext_noop("The address leads into a private network (WEBHOOK_PRIVATE is off).")
)()
NOT_WHOLE = Sentence(gettext_noop("No whole answer in time."))()
NO_HOST = Sentence(gettext_noop("The host's name is not known."))()
NO_CERTIFICATE = Sentence(gettext_noop("The certificate is not valid: %(said)s"))
NO_TLS = Sentence(gettext_noop("No TLS connection came about (%(said)s)."))
REFUSED = Sentence(gettext_noop("Connection refused."))()
NO_CONNECTION = Sentence(gettext_noop("No connection in time."))()
BROKE = Sentence(gettext_noop("The connection broke: %(kind)s."))
UNREADABLE = Sentence(gettext_noop("The answer could not be read: %(kind)s."))


class NotPosted(Exception):
    """No whole answer came. Its text may be stored: the address is not in it."""


class WebhookAnswer(NamedTuple):
    """What the receiver said: the status, and how many seconds it asks us to wait."""

    status: int
    wait: float = 0


def fault_of(address: str) -> str:
    """Why an address cannot be posted to; empty where it can be tried."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return _("This is no web address.")
    if len(address) > LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        return _("An address has at most 2,000 characters, all of them plain ASCII without blanks.")
    if " " in address or not host or parts.scheme not in ("https", "http"):
        return _("Expected an address such as https://hooks.example.com/…")
    if parts.scheme == "http" and not settings.WEBHOOK_PRIVATE:
        return _("Only https:// addresses: what is sent must not be read on the way.")
    if parts.username is not None or parts.fragment:
        return _("No user name, password or # in the address, please.")
    return ""


def post(address: str, body: bytes, headers: Mapping[str, str], seconds: float) -> WebhookAnswer:
    """The answer to one POST, within `seconds` in total. Redirects are answers, not followed.

    Raises NotPosted. Whether the receiver has seen the call is then not known.
    """
    if fault := fault_of(address):
        raise NotPosted(fault)
    parts = urlsplit(address)
    with DeadlineSocket(Deadline(seconds)) as line, closing(_Connection(parts, line)) as http:
        try:
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            http.request("POST", path, body, dict(headers))
            answer = http.getresponse()
            answer.read(MAX_ANSWER)
            if line.late:
                raise TimeoutError
            return WebhookAnswer(answer.status, _seconds(answer.getheader("Retry-After", "")))
        except (OSError, HTTPException, ValueError) as error:
            late = line.late or not line.deadline.left()
            raise NotPosted(_in_words(error, late)) from None


class _Forbidden(OSError):
    """The name leads to an address that webhooks must not reach."""


class _Connection(HTTPConnection):
    """A connection to a judged address of a host, over before its deadline."""

    def __init__(self, parts: SplitResult, line: DeadlineSocket) -> None:
        self.tls = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if self.tls else 80))
        self.line = line

    def connect(self) -> None:
        """To the first address that answers."""
        self.sock = self.line.connect(self._reach)
        if self.tls:
            self.sock = tls().wrap_socket(self.sock, server_hostname=self.host)

    def _reach(self) -> socket.socket:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        if not settings.WEBHOOK_PRIVATE:
            for *_rest, place in found:
                if not is_open(ipaddress.ip_address(str(place[0]).partition("%")[0])):
                    raise _Forbidden
        error: OSError = TimeoutError()
        for *_rest, place in found:
            try:
                left = max(0.1, self.line.deadline.left())
                return socket.create_connection((str(place[0]), self.port), timeout=left)
            except OSError as failed:
                error = failed
        raise error


def _seconds(retry_after: str) -> float:
    """Retry-After where it is a number, at most a day; a date is not needed from anybody."""
    return float(min(int(retry_after), 86_400)) if retry_after.isdecimal() else 0


def _in_words(error: Exception, late: bool) -> str:
    """The fault in words of ours: the error's own text can hold the address."""
    match error:
        case _Forbidden():
            return PRIVATE
        case _ if late:
            return NOT_WHOLE
        case socket.gaierror():
            return NO_HOST
        case ssl.SSLCertVerificationError():
            return NO_CERTIFICATE(said=error.verify_message)[:300]
        case ssl.SSLError():
            return NO_TLS(said=error.reason)[:300]
        case ConnectionRefusedError():
            return REFUSED
        case TimeoutError():
            return NO_CONNECTION
        case OSError():
            return BROKE(kind=type(error).__name__)
    return UNREADABLE(kind=type(error).__name__)
