"""Whose request it is, and lists of addresses and networks."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from leads.networks import are_networks, client_address, network_of, within


@pytest.mark.parametrize(
    ("address", "listed", "is_in"),
    [
        ("203.0.113.7", "", True),
        ("", "", True),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.8", "203.0.113.7", False),
        ("10.9.8.7", "192.0.2.1, 10.0.0.0/8", True),
        ("10.9.8.7", "192.0.2.1\n10.1.2.3/8", True),
        ("2001:db8::5", "2001:db8::/32", True),
        ("2001:db9::5", "2001:db8::/32", False),
        ("10.9.8.7", "::/0", False),
        ("", "10.0.0.0/8", False),
        ("nonsense", "0.0.0.0/0", False),
        ("10.9.8.7", "what nobody can read", False),
    ],
)
def test_an_address_is_in_a_list_or_not(address: str, listed: str, is_in: bool) -> None:
    assert within(address, listed) is is_in


@given(network=st.ip_addresses().map(str), others=st.lists(st.ip_addresses().map(str)))
def test_an_address_is_in_each_list_that_names_it(network: str, others: list[str]) -> None:
    assert within(network, ", ".join([*others, network]))
    assert within(network, str(ip_network(f"{network}/8", strict=False)))


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0", "example.com", "10.0.0.1 10.0.0.2"])
def test_a_list_that_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        are_networks(text)


# --- Whose request it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.5", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", ""),
        ("", "198.51.100.1", "198.51.100.1"),
        ("", "", ""),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: Settings, peer: str, said: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1", "::1", "10.0.0.0/8"]
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": said})

    assert client_address(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_a_caller_holds_an_address_or_the_half_of_a_long_one(address: str, network: str) -> None:
    assert network_of(address) == network
