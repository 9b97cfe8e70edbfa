"""Where calls may go: to Zoho, to where the operator says, and elsewhere only if a setting says so.

An address that a person typed is judged as that of a webhook: at each connection, by what its name
leads to then.
"""

from __future__ import annotations

import ipaddress
import socket
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.networks import is_open
from leads.shown.sentences import Sentence
from zoho.api.datacentres import API_HOSTS, BY_ACCOUNTS

ACCOUNTS_HOSTS = {urlsplit(address).hostname for address in BY_ACCOUNTS}

PRIVATE = Sentence(_("%(host)s leads into a private network (ZOHO_OTHER_ADDRESSES)."))
NO_DATA_CENTRE = Sentence(_("%(host)s is no data centre of Zoho (ZOHO_OTHER_ADDRESSES is off)."))


class Elsewhere(StrEnum):
    """What else than Zoho may be connected: the values of ZOHO_OTHER_ADDRESSES."""

    OFF = "off"
    OPEN = "open"
    """What is on the open Internet."""
    ANY = "any"
    """This machine and its neighbours too: for the sandbox."""


class Forbidden(OSError):
    """A call may not go there. Its text may be shown."""


def is_known(host: str) -> bool:
    """Whether the host is Zoho's, or the one that the operator wrote into the environment."""
    operators = urlsplit(settings.ZOHO["accounts_url"]).hostname
    return host in API_HOSTS or host in ACCOUNTS_HOSTS or host == operators


def host_of(address: str) -> str:
    """The host of an address; empty where it is none, and no call can leave for it."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def fault_of(address: str) -> str:
    """Why no call may go to an address; empty where it can be tried."""
    host = host_of(address)
    if not host or is_known(host) or settings.ZOHO_OTHER_ADDRESSES != Elsewhere.OFF:
        return ""
    return NO_DATA_CENTRE(host=host[:100])


def places(host: str, port: int) -> list[str]:
    """The addresses that a name leads to now, in their order. Raises Forbidden, or OSError.

    Whoever connects takes one of them, and does not look the name up again.
    """
    found = [
        str(place[0]) for *_rest, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]
    for one in found:
        if not is_open(ipaddress.ip_address(one.partition("%")[0])):
            raise Forbidden(PRIVATE(host=host[:100]))
    return found


def is_judged(host: str) -> bool:
    """Whether the places of a host are looked at."""
    return not is_known(host) and settings.ZOHO_OTHER_ADDRESSES == Elsewhere.OPEN
