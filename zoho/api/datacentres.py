"""Zoho's data centres: where accounts live, where their API answers, and whom a token may meet."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop as _

from leads.shown.sentences import Sentence


class DataCentre(NamedTuple):
    """One of Zoho's places. An account exists in one of them."""

    location: str
    """What the `location` of Zoho's redirect calls it."""
    name: str
    accounts_url: str
    api_host: str


# Zoho's documentation and its SDK agree on all but the last two (grade D): of the UK only the
# accounts host is documented, its API host and both of the UAE are by analogy (grade U).
DATA_CENTRES = [
    DataCentre("us", _("United States"), "https://accounts.zoho.com", "www.zohoapis.com"),
    DataCentre("eu", _("Europe"), "https://accounts.zoho.eu", "www.zohoapis.eu"),
    DataCentre("in", _("India"), "https://accounts.zoho.in", "www.zohoapis.in"),
    DataCentre("au", _("Australia"), "https://accounts.zoho.com.au", "www.zohoapis.com.au"),
    DataCentre("jp", _("Japan"), "https://accounts.zoho.jp", "www.zohoapis.jp"),
    DataCentre("cn", _("China"), "https://accounts.zoho.com.cn", "www.zohoapis.com.cn"),
    DataCentre("ca", _("Canada"), "https://accounts.zohocloud.ca", "www.zohoapis.ca"),
    DataCentre("sa", _("Saudi Arabia"), "https://accounts.zoho.sa", "www.zohoapis.sa"),
    DataCentre("uk", _("United Kingdom"), "https://accounts.zoho.uk", "www.zohoapis.uk"),
    DataCentre("ae", _("United Arab Emirates"), "https://accounts.zoho.ae", "www.zohoapis.ae"),
]
BY_ACCOUNTS = {centre.accounts_url: centre for centre in DATA_CENTRES}
BY_LOCATION = {centre.location: centre for centre in DATA_CENTRES}

# Zoho's own sandbox and developer organisations answer beside the production ones.
API_HOSTS = {
    host
    for centre in DATA_CENTRES
    for host in (
        centre.api_host,
        centre.api_host.replace("www.", "sandbox.", 1),
        centre.api_host.replace("www.", "developer.", 1),
    )
}

NO_ADDRESS = Sentence(
    _("This is not the address of an accounts server, such as https://accounts.zoho.eu.")
)()
HTTPS_ONLY = Sentence(
    _("Secrets travel over https only. Plain http is for a sandbox on this machine.")
)()
NO_API_ADDRESS = Sentence(
    _("The answer names no API address that could be used. The token was thrown away.")
)()
API_WITHOUT_HTTPS = Sentence(
    _("The answer names an API address without https. The token was thrown away.")
)()
SENT_ELSEWHERE = Sentence(
    _("The answer sends the token to %(host)s, which is not Zoho's. The token was thrown away.")
)


class Address(NamedTuple):
    """An http(s) address, taken apart."""

    scheme: str
    host: str
    more: bool
    """Whether there is a path, a query or a user beside it."""


def name_of(accounts_url: str) -> str:
    """The data centre in words; the address itself where it is none of Zoho's."""
    centre = BY_ACCOUNTS.get(accounts_url.rstrip("/"))
    return centre.name if centre else accounts_url


def usual_api_domain(accounts_url: str) -> str:
    """Where the API of a data centre answers; empty where the accounts server is none of Zoho's."""
    centre = BY_ACCOUNTS.get(accounts_url.rstrip("/"))
    return f"https://{centre.api_host}" if centre else ""


def accounts_fault(address: str) -> str:
    """Why a client secret must not be sent to this address; empty where it may."""
    parts = take_apart(address)
    if parts is None or parts.more:
        return NO_ADDRESS
    if parts.scheme != "https" and not is_loopback(parts.host):
        return HTTPS_ONLY
    return ""


def api_fault(accounts_url: str, api_domain: str) -> str:
    """Why an access token must not travel to the API address that came with it; empty if it may.

    Whoever answers a token request names the address that every lead then goes to.
    """
    asked, named = take_apart(accounts_url), take_apart(api_domain)
    if named is None or named.more or asked is None:
        return NO_API_ADDRESS
    at_zoho = accounts_url.rstrip("/") in BY_ACCOUNTS
    plain_allowed = asked.scheme == "http" and is_loopback(asked.host)
    if named.scheme != "https" and not plain_allowed:
        return API_WITHOUT_HTTPS
    if named.host in API_HOSTS or (named.host == asked.host and not at_zoho):
        return ""
    return SENT_ELSEWHERE(host=named.host[:100])


def take_apart(address: str) -> Address | None:
    """The parts of an http(s) address; None where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError for a port that is no number
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable():
        return None
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    return Address(parts.scheme, parts.hostname, bool(more or parts.password))


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
