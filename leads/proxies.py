"""Whose request it is, where a proxy stands in front."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


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
    try:
        return str(ip_address(peer))
    except ValueError:
        return ""


def is_proxy(address: str) -> bool:
    """Whether the address is one of our own proxies; an empty one is a socket of this machine."""
    if not address:
        return True
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in ip_network(one, strict=False) for one in settings.TRUSTED_PROXIES)
