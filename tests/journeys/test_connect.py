"""Credentials that Zoho revokes, and the page that makes them good again."""

from __future__ import annotations

import requests

from tests.journeys.kit.system import System, eventually
from tests.journeys.test_delivery import all_delivered

COUNT = 1000


def revoke(system: System) -> None:
    """End the connection at Zoho's side."""
    answer = requests.post(f"{system.zoho}/sandbox/revoke", json={"what": "refresh"}, timeout=10)
    assert answer.ok, answer.text


def code(system: System) -> str:
    """A self client's code."""
    answer = requests.post(f"{system.zoho}/sandbox/grants", json={}, timeout=10)
    return str(answer.json()["code"])


def page_of(system: System) -> str:
    """The address of the Connect page."""
    [(pk,)] = system.sql("SELECT id FROM leads_destination")
    return f"/admin/leads/destination/{pk}/connect/"


def connect_again(system: System) -> None:
    """A person pastes a new code into the Connect page."""
    answer = system.staff().submit(
        page_of(system),
        data_centre="other",
        address=system.zoho,
        client_id="1000.SANDBOX",
        client_secret="sandbox-secret",
        code=code(system),
        way="code",
    )
    assert "Connected with Zoho" in answer.text


def test_revoked_credentials_hold_a_thousand_leads_and_connecting_again_sends_them(
    system: System,
) -> None:
    revoke(system)
    system.queue(COUNT)

    eventually(lambda: system.sql("SELECT 1 FROM leads_destination WHERE paused_at IS NOT NULL"))
    eventually(lambda: system.count("queued") == COUNT)
    assert system.sql("SELECT pause_reason FROM leads_destination") == [("token_revoked",)]
    assert system.count("failed") == 0
    alerts = system.sql("SELECT recipient FROM notifications_notice WHERE kind = 'paused'")
    assert sorted(alerts) == [("ana@example.com",), ("sales@example.com",)]  # one each
    requests.delete(f"{system.zoho}/sandbox/ledger", timeout=5)

    connect_again(system)

    all_delivered(system, COUNT)
    assert system.calls("insert") <= 12
    assert system.sql("SELECT paused_at FROM leads_destination") == [(None,)]
    assert system.count("failed") == 0


def test_the_way_over_zohos_page(system: System) -> None:
    staff = system.staff()
    fields = {"address": system.zoho, "client_id": "1000.SANDBOX", "way": "redirect"}
    secret = {"data_centre": "other", "client_secret": "sandbox-secret"}

    page = staff.submit(page_of(system), **fields, **secret).text
    target = page.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
    answer = staff.session.get(target, timeout=20)

    assert answer.url.endswith("/connect/")
    assert "Connected with Zoho" in answer.text


def test_a_test_lead_arrives_and_is_counted_nowhere(system: System) -> None:
    staff = system.staff()
    [(site,)] = system.sql("SELECT id FROM leads_site")

    staff.submit(page_of(system).replace("connect", "test-lead"), site=str(site))

    eventually(lambda: system.count("delivered") == 1)
    assert system.records()[0]["Last_Name"] == "LeadOps"
    assert system.stats()["received"] == 0


def test_the_check_of_a_new_installation_finds_nothing_to_mend(system: System) -> None:
    assert "✗" not in system.manage("zoho_check")
