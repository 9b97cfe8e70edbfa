"""Calls go to Zoho, to where the operator says, and elsewhere only if a setting says so."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from leads.clock import Deadline, database_now
from leads.models import ApiCall, Destination
from tests.zoho.wire import Wire
from zoho.api import client, reach
from zoho.api.datacentres import API_HOSTS, DATA_CENTRES
from zoho.desk.connect_form import OTHER, ConnectForm

ZOHO = [centre.accounts_url for centre in DATA_CENTRES] + [f"https://{one}" for one in API_HOSTS]
OTHERS = ["http://127.0.0.1:9000", "https://zoho.example", "https://accounts.zoho.com.evil.example"]


@pytest.fixture(autouse=True)
def operators(settings: Settings) -> None:
    """What the environment names is another host than any here."""
    settings.ZOHO = settings.ZOHO | {"accounts_url": "https://gateway.example"}


def looked_up(*found: str) -> Callable[..., Any]:
    def getaddrinfo(host: str, port: int, **_how: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    return getaddrinfo


def send(url: str, destination: Destination) -> client.ZohoAnswer:
    call = ApiCall(destination=destination, kind=ApiCall.Kind.TOKEN, started_at=database_now())
    return client.send(call, Deadline(5), "POST", f"{url}/oauth/v2/token", data={"a": "b"})


@pytest.mark.parametrize("mode", ["off", "open", "any"])
@pytest.mark.parametrize("address", [*sorted(ZOHO), "https://gateway.example"])
def test_zoho_and_the_operators_host_are_known(settings: Settings, mode: str, address: str) -> None:
    settings.ZOHO_OTHER_ADDRESSES = mode

    assert reach.fault_of(address) == ""


@pytest.mark.parametrize("address", OTHERS)
def test_any_other_is_refused_unless_the_setting_allows_it(
    settings: Settings, address: str
) -> None:
    for mode, is_refused in {"off": True, "open": False, "any": False}.items():
        settings.ZOHO_OTHER_ADDRESSES = mode
        assert bool(reach.fault_of(address)) == is_refused


@pytest.mark.parametrize(("mode", "arrives"), [("off", False), ("open", False), ("any", True)])
def test_a_connection_made_before_is_judged_at_each_call(
    settings: Settings, wire: Wire, destination: Destination, mode: str, arrives: bool
) -> None:
    settings.ZOHO_OTHER_ADDRESSES = mode
    if arrives:
        assert send(wire.url, destination).status == 200
    else:
        with pytest.raises(client.NotSent, match="ZOHO_OTHER_ADDRESSES"):
            send(wire.url, destination)

    assert len(wire.seen("POST /oauth/v2/token")) == arrives


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["93.184.216.34", "192.168.1.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fec0::1"],
        ["64:ff9b::a00:1"],
    ],
)
def test_a_name_that_leads_inside_is_refused(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    destination: Destination,
    found: list[str],
) -> None:
    settings.ZOHO_OTHER_ADDRESSES = "open"
    monkeypatch.setattr(socket, "getaddrinfo", looked_up(*found))

    with pytest.raises(client.NotSent, match="leads into a private network"):
        send("https://zoho.example", destination)


def test_the_name_is_looked_up_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, wire: Wire, destination: Destination
) -> None:
    """Who answers the second look-up with another address gains nothing."""
    settings.ZOHO_OTHER_ADDRESSES = "open"
    monkeypatch.setattr(reach, "is_open", lambda _address: True)
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *how: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "zoho.example" else host, port, *how, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    answer = send(wire.url.replace("127.0.0.1", "zoho.example"), destination)

    assert answer.status == 200
    assert asked == ["zoho.example", "127.0.0.1"]


@pytest.mark.parametrize("address", OTHERS[1:])
def test_the_form_takes_none_where_it_is_off(settings: Settings, address: str) -> None:
    typed = {"data_centre": OTHER, "address": address, "client_id": "1", "client_secret": "2"}

    settings.ZOHO_OTHER_ADDRESSES = "off"
    refused = ConnectForm(None, typed)
    settings.ZOHO_OTHER_ADDRESSES = "open"

    assert ConnectForm(None, typed).is_valid()
    settings.ZOHO_OTHER_ADDRESSES = "off"
    assert "is no data centre of Zoho" in str(refused.errors["address"])
