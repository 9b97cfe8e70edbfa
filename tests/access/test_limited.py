"""Accounts that are limited to sites: of another site no address tells, and none does anything."""

from __future__ import annotations

import re
from typing import Any

import pytest

from leads.models import ApiCall, Lead, LeadEvent, Site
from leads.reasons import Reason
from tests.access.addresses import filled
from tests.access.matrix import MATRIX, of_limited
from tests.access.people import LIMITED
from tests.access.test_matrix import ask, is_answer, shown
from tests.access.world import FOREIGN
from tests.factories import make_failed_lead, make_log
from tests.responses import Response


@pytest.fixture
def mixed(world: dict[str, Any]) -> dict[str, Any]:
    """The world of one site, with a lead of another one in the same batch that repeats its lead."""
    foreign, call = world["ids"]["leads.lead"], world["ids"]["leads.apicall"]
    own = make_failed_lead(
        site=Site.objects.get(name="Other site"),
        data={"contact_name": "Olga Own", "email": "olga@own.example"},
        reason=Reason.DUPLICATE_EMAIL,
        reason_text=f"Same e-mail as lead {foreign}",
    )
    ApiCall.objects.filter(pk=call).update(leads=2)
    log = make_log(own, call_id=call, reason_text=own.reason_text)
    LeadEvent.objects.create(lead_id=foreign, kind=LeadEvent.Kind.NOTED, note="octarine")
    return world | {"client": world["people"][LIMITED], "own": own, "log": log}


@pytest.mark.parametrize("route", MATRIX)
def test_no_address_tells_of_another_site(mixed: dict[str, Any], route: str) -> None:
    entry = MATRIX[route]

    answer, changed = ask(mixed["client"], "GET", filled(route, mixed["ids"]), entry)

    assert is_answer(answer, entry.redirects) == of_limited(route)[0], answer.status_code
    assert (told(answer, route), changed) == ([], [])
    assert answer.status_code < 500


@pytest.mark.one_database
@pytest.mark.parametrize("route", MATRIX)
def test_nothing_is_pressed_on_another_site(mixed: dict[str, Any], route: str) -> None:
    client, entry, ids = mixed["client"], MATRIX[route], mixed["ids"]
    address, (sees, presses) = filled(route, ids), of_limited(route)
    wanted = {name: ids.get(str(value), value) for name, value in entry.data.items()}

    answer, changed = ask(client, "POST", address, entry, shown(client, address, entry) | wanted)

    pressed = changed or (not entry.writes and is_answer(answer, True))
    assert bool(pressed) == presses or (sees and not changed), answer.status_code
    assert told(answer, route) == []
    assert answer.status_code < 500


OWN_PAGES = (
    "admin/leads/lead/{own}/change/",
    "admin/leads/failedlead/{own}/change/",
    "admin/leads/failedlead/{own}/correct/",
    "admin/leads/apilog/{log}/change/",
    "admin/leads/apicall/{call}/change/",
    "admin/leads/apicall/",
    "admin/leads/site/{site}/change/",
)


@pytest.mark.parametrize("page", OWN_PAGES)
def test_a_page_of_one_s_own_tells_of_nothing_else(mixed: dict[str, Any], page: str) -> None:
    own, call = mixed["own"], mixed["ids"]["leads.apicall"]
    address = page.format(own=own.pk, log=mixed["log"].pk, call=call, site=own.site_id)

    answer = mixed["client"].get(f"/{address}")

    assert answer.status_code == 200
    assert told(answer, page) == []


def test_the_canaries_are_there_to_be_found(mixed: dict[str, Any]) -> None:
    free = mixed["people"]["administrator"]
    call = free.get(f"/admin/leads/apicall/{mixed['ids']['leads.apicall']}/change/")
    lead = free.get(f"/admin/leads/lead/{mixed['own'].pk}/change/")

    assert "octarine" in told(call, "admin/")
    assert f"lead {mixed['ids']['leads.lead']}" in told(lead, "admin/")


def test_a_mixed_call_shows_its_counts_and_one_s_own_leads(mixed: dict[str, Any]) -> None:
    address = f"/admin/leads/apicall/{mixed['ids']['leads.apicall']}/change/"

    page = mixed["client"].get(address).content.decode()

    assert "2 leads" in page
    assert f"/lead/{mixed['own'].pk}/" in page
    assert "carried leads of sites that your account does not see" in " ".join(page.split())


def told(answer: Response, route: str) -> list[str]:
    """What an answer of a page for staff says of the other site: its marks and its leads."""
    if not route.startswith("admin/"):
        return []
    text = b"".join(answer).decode(errors="replace") + answer.get("Location", "")
    leads = Lead.objects.exclude(site__name="Other site").values_list("pk", flat=True)
    named = [f"lead {pk}" for pk in leads if re.search(rf"lead/{pk}/|[Ll]ead {pk}\b", text)]
    return [mark for mark in FOREIGN if mark in text] + named
