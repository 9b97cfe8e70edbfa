"""The request options of sites against what Zoho has: their form, and who shall own the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from leads.models import Site
from leads.shown.sentences import shown
from zoho.api import options
from zoho.api.tokens import CallFailed
from zoho.fit.values import TAG_LENGTH, is_long_tag
from zoho.setup.check_lines import CheckLine, Level

Ask = Callable[..., list[dict[str, Any]]]
PER_PAGE, MOST_PAGES = 200, 25
SHOWN = 10
"""Users that are named where the right one is not among them."""


def option_lines(ask: Ask, sites: Iterable[Site]) -> Iterator[CheckLine]:
    """A line for each site whose options cannot be sent, and for each that names an owner."""
    for site in sites:
        if faults := options.faults(site.options):
            yield CheckLine(
                (_("Request options of %(site)s") % {"site": site}),
                Level.FAIL,
                " ".join(map(shown, faults)),
            )
        elif long := [
            one["name"] for one in site.options.get("Tag", []) if is_long_tag(one["name"])
        ]:
            text = _("Longer than %(tag_length)s characters, and cut: %(long)s.") % {
                "tag_length": TAG_LENGTH,
                "long": ", ".join(long),
            }
            yield CheckLine((_("Tags of %(site)s") % {"site": site}), Level.WARN, text[:500])
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
        found, is_all = _active_users(ask, set(asked.values()))
    except CallFailed as failure:
        text = _("Whether the owner exists cannot be told: %(failure)s") % {"failure": failure}
        yield CheckLine(_("Owner"), Level.WARN, text)
        return
    names = {str(one.get("id")): str(one.get("full_name") or one.get("email")) for one in found}
    for site, chosen in asked.items():
        if chosen in names:
            yield CheckLine(
                (_("Owner of %(site)s") % {"site": site}), Level.OK, f"“{names[chosen]}”."
            )
            continue
        if not is_all:
            text = _(
                "Whether user %(chosen)s is active cannot be told: Zoho has too many users."
            ) % {"chosen": chosen}
            yield CheckLine((_("Owner of %(site)s") % {"site": site}), Level.WARN, text)
            continue
        some = list(names.items())[:SHOWN]
        there = ", ".join(f"{name} ({one})" for one, name in some) or _("none that it shows")
        text = _(
            "Zoho has no active user %(chosen)s: it would refuse every lead. Active: %(there)s."
        ) % {"chosen": chosen, "there": there}
        yield CheckLine((_("Owner of %(site)s") % {"site": site}), Level.FAIL, text)


def _active_users(ask: Ask, wanted: set[str]) -> tuple[list[dict[str, Any]], bool]:
    """The active users until all that are wanted are among them, and whether there are no more."""
    found: dict[str, dict[str, Any]] = {}
    for page in range(1, MOST_PAGES + 1):
        asked = {"type": "ActiveUsers", "per_page": str(PER_PAGE), "page": str(page)}
        users = ask("/crm/v8/users", "users", **asked)
        before = len(found)
        found |= {str(one.get("id")): one for one in users}
        if wanted <= set(found) or len(users) < PER_PAGE or len(found) == before:
            return list(found.values()), True
    return list(found.values()), False
