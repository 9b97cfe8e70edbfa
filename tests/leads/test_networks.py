"""Lists of addresses and networks."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from leads.networks import are_networks, within


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
