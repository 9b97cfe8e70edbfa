"""Reconciliation: what differs between the delivered leads and Zoho is listed, nothing changed."""

from __future__ import annotations

from typing import Any

import requests

from tests.journeys.kit.system import System

PAGE = "/admin/zoho/reconciliation/"


def zoho_call(system: System, method: str, path: str, **content: Any) -> Any:
    """A call by another program."""
    form = {
        "grant_type": "refresh_token",
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
        "refresh_token": "1000.sandbox.refresh",
    }
    token = requests.post(f"{system.zoho}/oauth/v2/token", data=form, timeout=5).json()
    headers = {"Authorization": f"Zoho-oauthtoken {token['access_token']}"}
    answer = requests.request(
        method, f"{system.zoho}/crm/v8/{path}", headers=headers, timeout=5, **content
    )
    assert answer.ok, answer.text
    return answer.json()


def deliver(system: System, count: int) -> list[str]:
    leads = [system.post(contact_name=f"Lead {n}").json()["id"] for n in range(count)]
    return [system.becomes(lead, "delivered")["id"] for lead in leads]


def test_all_is_well(system: System) -> None:
    deliver(system, 3)

    said = system.manage("reconcile")

    assert "compared, 3 leads delivered, 3 records with a reference, 0 differences" in said


def test_a_record_that_was_deleted_in_zoho_is_listed_and_the_lead_stays_as_it_was(
    system: System,
) -> None:
    deliver(system, 2)
    gone, _kept = system.records()
    zoho_call(system, "DELETE", f"Leads/{gone['id']}")

    said = system.manage("reconcile")

    assert "1 differences" in said
    assert "Delivered, and not in Zoho: lead" in said
    assert gone["id"] in said
    assert system.count("delivered") == 2
    [(number,)] = system.sql("SELECT id FROM zoho_reconciliation")
    ana = system.staff()
    assert "Compared" in ana.get(PAGE)
    assert gone["id"] in ana.get(f"{PAGE}{number}/change/")


def test_a_record_with_a_strange_reference_is_listed(system: System) -> None:
    deliver(system, 1)
    records = [{"Last_Name": "Strange", "Lead_Ref": ref} for ref in ("abc", "0" * 32)]
    zoho_call(system, "POST", "Leads", json={"data": records})

    said = system.manage("reconcile")

    assert said.count("In Zoho with a reference that no lead has") == 2


def test_without_credits_it_goes_on_at_the_next_run(system: System) -> None:
    deliver(system, 2)
    zoho_call(system, "DELETE", f"Leads/{system.records()[0]['id']}")

    first = system.manage("reconcile", "--credits", "2")
    second = system.manage("reconcile", "--credits", "2")

    assert "to be continued: no credits" in first
    assert "compared, 2 leads delivered, 1 records with a reference, 1 differences" in second
    assert system.sql("SELECT count(*) FROM zoho_reconciliation") == [(1,)]


def test_when_zoho_does_not_answer_it_says_so_and_goes_on_later(system: System) -> None:
    deliver(system, 1)
    system.fault(mode="503", only="coql", times=1)

    assert "to be continued: SERVICE_UNAVAILABLE" in system.manage("reconcile")
    assert "compared, 1 leads delivered, 1 records" in system.manage("reconcile")
