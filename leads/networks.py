"""IP addresses: whose request it is where a proxy stands in front, lists of networks, and what is
of the open Internet.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

Network = IPv4Network | IPv6Network
IPV6_PREFIX = 64
ONE_CALLER = 128 - IPV6_PREFIX
"""Bits of an IPv6 address that its holder chooses at will."""


def client_address(request: HttpRequest) -> str:
    """The asker's IP address; empty where it is not known.

    X-Forwarded-For is believed from TRUSTED_PROXIES only, and read from its end: what stands
    before the first stranger was written by the stranger.
    """
    chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    peer = request.META.get("REMOTE_ADDR", "")
    for said in reversed(chain):
        if not is_proxy(peer):
            break
        peer = said.strip() or peer
    known = _address(peer)
    return str(known) if known else ""


def network_of(address: str) -> str:
    """What one caller holds: an IPv4 address alone, of IPv6 the /64, all of which is theirs.

    Empty for what is no address.
    """
    known = _address(address)
    if not isinstance(known, IPv6Address):
        return str(known or "")
    return str(IPv6Network((int(known) >> ONE_CALLER << ONE_CALLER, IPV6_PREFIX)))


def known_today(request: HttpRequest, purpose: str, *about: object) -> str:
    """A caller as a hash of their network, to count by: another for each purpose, and each day.

    The day is part of what is hashed: nobody is recognised from one day to the next.
    """
    said = (datetime.now(UTC).date(), *about, network_of(client_address(request)))
    return salted_hmac(purpose, ":".join(map(str, said))).hexdigest()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address; an IPv4 one that a socket of IPv6 tells (`::ffff:192.0.2.1`) as itself."""
    try:
        known = ip_address(text)
    except ValueError:
        return None
    return getattr(known, "ipv4_mapped", None) or known


def is_proxy(address: str) -> bool:
    """Whether the address is one of our own proxies; an empty one is a socket of this machine."""
    if not address:
        return True
    known = _address(address)
    ours = networks(",".join(settings.TRUSTED_PROXIES))
    return known is not None and any(known in network for network in ours)


# --- Lists of networks ----------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def networks(text: str) -> tuple[Network, ...]:
    """The networks of a list. Raises ValueError."""
    parts = (part.strip() for part in text.replace("\n", ",").split(","))
    return tuple(ip_network(part, strict=False) for part in parts if part)


def are_networks(text: str) -> None:
    """Raise ValidationError where a part of the list is none."""
    try:
        networks(text)
    except ValueError:
        raise ValidationError(
            _("Expected addresses or networks such as 203.0.113.7 or 10.0.0.0/8, with commas.")
        ) from None


def within(address: str, text: str) -> bool:
    """Whether an address is in one of the networks of a list; any is in an empty one.

    What is not an address is in no network, and nothing is in a list that cannot be read.
    """
    if not text.strip():
        return True
    try:
        known = ip_address(address)
        return any(known in network for network in networks(text))
    except ValueError:
        return False


# --- The open Internet ----------------------------------------------------------------------------

NAT64 = ip_network("64:ff9b::/96")
ISATAP = (0x00005EFE, 0x02005EFE)
"""The third quarter of an IPv6 address whose last one is an IPv4 address, by RFC 5214."""
CLOSED = [
    ip_network(network)
    for network in (
        "168.63.129.16",  # Azure's server of metadata, in the middle of the open Internet
        "192.0.0.0/24",  # of protocols; Oracle's metadata among them
        "192.88.99.0/24",  # relays of 6to4, given up
        "3fff::/20",  # of documentation
        "5f00::/16",  # inside networks that route by segments
        "fec0::/10",  # site-local, given up and still routed
    )
]
"""What Python calls global, in some version, and is not."""


def is_open(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the open Internet: not ours, a neighbour's or the machine's."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo:
            inner = address.teredo[1]
        if int(address) >> 32 & 0xFFFFFFFF in ISATAP:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_open(inner)
    if any(address in network for network in CLOSED):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
