"""The request options of sites against what Zoho has: their form, and who shall own the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from leads.models import Site
from zoho.api import options
from zoho.api.tokens import CallFailed
from zoho.setup.check_lines import CheckLine, Level

Ask = Callable[..., list[dict[str, Any]]]
SHOWN = 10
"""Users that are named where the right one is not among them."""


def option_lines(ask: Ask, sites: Iterable[Site]) -> Iterator[CheckLine]:
    """A line for each site whose options cannot be sent, and for each that names an owner."""
    for site in sites:
        if faults := options.faults(site.options):
            yield CheckLine(f"Request options of {site}", Level.FAIL, " ".join(faults))
    yield from _owners(ask, {site: owner for site in sites if (owner := owner_of(site))})


def owner_of(site: Site) -> str:
    """The user whom the site's options name as owner; empty where they name none."""
    owner = site.options.get("Owner") if isinstance(site.options, dict) else None
    return str(owner.get("id") or "") if isinstance(owner, dict) else ""


def _owners(ask: Ask, asked: dict[Site, str]) -> Iterator[CheckLine]:
    """Whether those whom sites name may own records: active users may."""
    if not asked:
        return
    try:
        found = ask("/crm/v8/users", "users", type="ActiveUsers", per_page="200")
    except CallFailed as failure:
        text = f"Whether the owner exists cannot be told: {failure}"
        yield CheckLine("Owner", Level.WARN, text)
        return
    names = {str(one.get("id")): str(one.get("full_name") or one.get("email")) for one in found}
    for site, chosen in asked.items():
        if chosen in names:
            yield CheckLine(f"Owner of {site}", Level.OK, f"“{names[chosen]}”.")
            continue
        some = list(names.items())[:SHOWN]
        there = ", ".join(f"{name} ({one})" for one, name in some) or "none that it shows"
        text = f"Zoho has no active user {chosen}: it would refuse every lead. Active: {there}."
        yield CheckLine(f"Owner of {site}", Level.FAIL, text)
