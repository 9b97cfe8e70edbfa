"""Which pages are a site's own: where forms may come from, and where visitors may be led."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest

from leads.models import Lead, Site

WWW = "www."
PORTS = {"http": 80, "https": 443}
LONGEST_ADDRESS = 2000
"""Characters of `_next`; browsers and proxies balk at longer ones, and so does Django."""

# Browsers drop some of these, and take a backslash for a slash: not everybody reads such an
# address alike, so nobody is led to it.
ODD = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029\ufffd]")


def origin_of(address: str) -> str:
    """Scheme, host and port as a browser names them; empty where the address has none.

    In lower case, the host in its ASCII form, without the port that goes without saying. An
    address with a user name is none: it is there to mislead.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in PORTS or not host or "@" in parts.netloc or ODD.search(address):
        return ""
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""
    host = f"[{host}]" if ":" in host else host
    shown = "" if port in (None, PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def alike(origin: str) -> tuple[str, ...]:
    """The origin, and the one with or without `www.`: people type either, and mean one site."""
    scheme, _slashes, host = origin.partition("://")
    if not host:
        return ()
    other = host.removeprefix(WWW) if host.startswith(WWW) else WWW + host
    return (origin, f"{scheme}://{other}") if other else (origin,)


def own_origins(site: Site) -> set[str]:
    """The origins of the site's own pages."""
    named = {origin_of(origin) for origin in site.origin_list}
    return {origin for name in named for origin in alike(name)}


def next_page(target: object, site: Site) -> str:
    """The address to lead a visitor to, if it is a page of the site itself; else empty."""
    if not isinstance(target, str) or len(target) > LONGEST_ADDRESS:
        return ""
    return target if origin_of(target) in own_origins(site) else ""


@dataclass(frozen=True)
class Page:
    """The page that a form was posted from."""

    origin: str
    """As a browser names it; empty where it named none, or `null`."""
    address: str
    """Without its query; empty where there is no origin."""
    is_own: bool
    """Whether it is one of the site's own."""


def page_behind(request: HttpRequest, site: Site) -> Page:
    """The page that the browser says it posts from."""
    referer = request.headers.get("Referer", "")
    source = request.headers.get("Origin") or referer
    origin = origin_of(source)
    if not origin:
        return Page("", "", is_own=False)
    parts = urlsplit(referer if origin_of(referer) == origin else source)
    return Page(origin, f"{origin}{parts.path}", origin in own_origins(site))


def with_lead(address: str, lead: Lead) -> str:
    """The address with the lead's reference in its query."""
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode({"lead": lead.reference}))))
    return urlunsplit(parts._replace(query=query))
