"""Lists of IP addresses and networks, as a person types them: separated by commas."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Network = IPv4Network | IPv6Network


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
