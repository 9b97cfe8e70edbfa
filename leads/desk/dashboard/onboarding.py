"""The first steps of an installation: connect Zoho, connect a site, send a test lead.

Each is ticked off by what is true in the database. Once a lead has reached Zoho all three have
been done, and the destination remembers that for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.delivery.gateway import get_gateway
from leads.desk.kit.links import test_leads_url
from leads.models import Destination, Lead, Site, SiteKey, SourceAddress
from leads.models.queries.visible import is_limited


@dataclass(frozen=True)
class Step:
    """One thing to do, or done."""

    title: str
    text: str
    done: bool
    url: str
    """Where it is done; empty for who may not."""
    button: str = ""


def steps(user: Any) -> list[Step]:
    """What is to be done, in order; nothing once all was, or for who may do none of it.

    Nor for who sees some sites only: they come to an installation that runs.
    """
    has_arrived = Destination.objects.exclude(last_success_at=None).exists()
    if is_limited(user) or (has_arrived and Site.objects.exists()):
        return []
    site_id = newest_connected_site()
    found = [
        connect_zoho(user),
        connect_a_site(user, site_id),
        send_a_test_lead(user, site_id, has_arrived),
    ]
    return found if any(may(user).values()) else []


def may(user: Any) -> dict[str, bool]:
    """Which of the three the user may do."""
    return {
        "zoho": user.has_perm(get_gateway().connect_permission),
        "site": user.has_perms(["leads.add_site", "leads.issue_sitekey"]),
        "test": user.has_perm("leads.test_site"),
    }


def connect_zoho(user: Any) -> Step:
    """Credentials that Zoho takes."""
    gateway, destination = get_gateway(), Destination.objects.first()
    url = gateway.connect_url(destination) if destination and may(user)["zoho"] else ""
    return Step(
        _("Connect Zoho"),
        _(
            "First make a client in Zoho; the page shows where, and what to copy. Then one click "
            "to agree."
        ),
        destination is not None and gateway.is_connected(destination),
        url,
        _("Connect Zoho"),
    )


def connect_a_site(user: Any, site_id: int | None) -> Step:
    """A site that may post and has a key, or an address, to do so."""
    return Step(
        _("Connect a site"),
        _(
            "A few questions; then an address for its form tool, or a key and code with it. You "
            "can leave and go on later."
        ),
        site_id is not None,
        reverse("admin:leads_site_connect") if may(user)["site"] else "",
        _("Connect a site"),
    )


def newest_connected_site() -> int | None:
    """The id of a site that somebody can post to: with a live key, or a live address."""
    keys = SiteKey.objects.live().filter(site=OuterRef("pk"))
    addresses = SourceAddress.objects.live(database_now()).filter(source__site=OuterRef("pk"))
    sites = Site.objects.filter(Exists(keys) | Exists(addresses), enabled=True)
    return sites.order_by("-pk").values_list("pk", flat=True).first()


def send_a_test_lead(user: Any, site_id: int | None, has_arrived: bool) -> Step:
    """A lead that has gone the whole way."""
    url = test_leads_url(site_id) if site_id and may(user)["test"] else ""
    on_its_way = Lead.objects.open().exists()
    return Step(
        _("Send a test lead"),
        _("One is on its way.") if on_its_way else _("See it arrive in Zoho."),
        has_arrived,
        url,
        _("Send a test lead"),
    )
