"""Whose request it is, where a proxy stands in front."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

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
    return known is not None and any(
        known in ip_network(one, strict=False) for one in settings.TRUSTED_PROXIES
    )
