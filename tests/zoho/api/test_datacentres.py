"""Whom secrets and tokens may meet."""

from __future__ import annotations

import pytest

from zoho.api.datacentres import (
    DATA_CENTRES,
    DataCentre,
    accounts_fault,
    api_fault,
    name_of,
    usual_api_domain,
)

EU = "https://accounts.zoho.eu"
SANDBOX = "http://127.0.0.1:9000"


def test_every_data_centre_is_there_once() -> None:
    assert len({centre.accounts_url for centre in DATA_CENTRES}) == 10
    assert len({centre.location for centre in DATA_CENTRES}) == 10


@pytest.mark.parametrize("centre", DATA_CENTRES)
def test_each_data_centre_may_name_its_own_api(centre: DataCentre) -> None:
    assert api_fault(centre.accounts_url, f"https://{centre.api_host}") == ""
    assert accounts_fault(centre.accounts_url) == ""


@pytest.mark.parametrize(
    ("accounts", "api"),
    [
        (EU, "https://sandbox.zohoapis.eu"),
        (EU, "https://developer.zohoapis.eu"),
        (EU, "https://www.zohoapis.com"),
        (f"{EU}/", "https://www.zohoapis.eu/"),
        (SANDBOX, SANDBOX),
        ("http://localhost:9000", "http://localhost:9001"),
        ("https://zoho.example.com", "https://zoho.example.com"),
    ],
)
def test_a_token_goes_where_it_belongs(accounts: str, api: str) -> None:
    assert api_fault(accounts, api) == ""


@pytest.mark.parametrize(
    ("accounts", "api"),
    [
        (EU, "https://evil.example"),
        (EU, "https://www.zohoapis.eu.evil.example"),
        (EU, "https://www.zohoapis.eu@evil.example"),
        (EU, "https://accounts.zoho.eu"),
        (EU, "http://www.zohoapis.eu"),
        (EU, "https://www.zohoapis.eu/path"),
        (EU, "https://www.zohoapis.eu?x=1"),
        (EU, "ftp://www.zohoapis.eu"),
        (EU, "https://www.zohoapis.eu:port"),
        (EU, "https://[::1"),
        (EU, "www.zohoapis.eu"),
        (EU, ""),
        (SANDBOX, "http://evil.example"),
        ("http://zoho.example.com", "http://zoho.example.com"),
        ("https://zoho.example.com", "https://evil.example"),
    ],
)
def test_a_token_goes_to_no_stranger(accounts: str, api: str) -> None:
    assert "thrown away" in api_fault(accounts, api)


@pytest.mark.parametrize(
    "address",
    [
        "http://accounts.zoho.eu",
        "http://10.0.0.1:9000",
        "https://accounts.zoho.eu/oauth",
        "https://user:word@accounts.zoho.eu",
        "javascript:alert(1)",
        "",
        "https://",
        "https://a\nb",
    ],
)
def test_secrets_do_not_travel_in_the_open(address: str) -> None:
    assert accounts_fault(address)


@pytest.mark.parametrize("address", [SANDBOX, "http://localhost:9000", "http://[::1]:9000"])
def test_a_sandbox_on_this_machine_may_be_plain(address: str) -> None:
    assert accounts_fault(address) == ""


def test_a_data_centre_is_called_by_its_name() -> None:
    assert (name_of(EU), name_of(SANDBOX)) == ("Europe", SANDBOX)


@pytest.mark.parametrize("centre", DATA_CENTRES, ids=lambda one: one.location)
def test_a_token_without_an_address_may_go_where_its_data_centre_answers(
    centre: DataCentre,
) -> None:
    domain = usual_api_domain(f"{centre.accounts_url}/")

    assert api_fault(centre.accounts_url, domain) == ""


def test_a_stranger_has_no_usual_address() -> None:
    assert usual_api_domain("http://127.0.0.1:9000") == ""
