"""Leads whose record exists in Zoho: held, updated, found by asking; and few calls for many."""

from __future__ import annotations

import json
from typing import Any

import requests

from tests.journeys.kit.system import System, eventually

TABLE = "/admin/leads/failedlead/"


def number_of(system: System, lead: str) -> int:
    plain = lead.replace("-", "")
    found = system.sql(f"SELECT id FROM leads_lead WHERE reference IN ('{lead}', '{plain}')")
    return int(found[0][0])


def make_unique(system: System, name: str, data_type: str) -> None:
    """Have Zoho refuse a second record with the same value in a field."""
    field = {"api_name": name, "data_type": data_type, "unique": True}
    body = {"module": "Leads", "fields": [field]}
    assert requests.put(f"{system.zoho}/sandbox/fields", json=body, timeout=5).ok


def add_in_zoho(system: System, **record: Any) -> str:
    """A record that another program makes; its id."""
    form = {
        "grant_type": "refresh_token",
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
        "refresh_token": "1000.sandbox.refresh",
    }
    token = requests.post(f"{system.zoho}/oauth/v2/token", data=form, timeout=5).json()
    answer = requests.post(
        f"{system.zoho}/crm/v8/Leads",
        json={"data": [record]},
        headers={"Authorization": f"Zoho-oauthtoken {token['access_token']}"},
        timeout=5,
    )
    requests.delete(f"{system.zoho}/sandbox/ledger", timeout=5)
    return str(answer.json()["data"][0]["details"]["id"])


def ask_zoho_too(system: System) -> None:
    system.sql(
        "INSERT INTO leads_preferences (id, refuse_duplicate_emails, ask_zoho_for_duplicates)"
        " VALUES (1, true, true)"
    )


def test_a_held_duplicate_is_written_over_the_record_when_a_person_says_so(
    system: System,
) -> None:
    make_unique(system, "Phone", "phone")
    first = system.post(contact_name="Ada", phone="+44 20 1").json()["id"]
    system.becomes(first, "delivered")
    second = system.post(contact_name="Ada Lovelace", phone="+44 20 1", city="London").json()["id"]
    receipt = system.becomes(second, "failed")
    assert receipt["reason"]["code"] == "duplicate_record"
    [before] = system.records()

    ana, number = system.staff(), number_of(system, second)
    page = ana.get(f"{TABLE}{number}/change/")
    assert f"record {before['id']} in Zoho" in page
    assert f"/admin/leads/lead/{number_of(system, first)}/change/" in page
    assert f"{TABLE}{number}/existing/" in ana.get(TABLE)
    ana.submit(f"{TABLE}{number}/update-existing/")
    system.becomes(second, "delivered")

    [record] = system.records()
    assert record["id"] == before["id"]
    assert (record["Last_Name"], record["City"]) == ("Lovelace", "London")
    assert record["Lead_Ref"] == first  # the older lead keeps its own
    assert system.codes() == [13003, 13002, 13003]
    assert "Sent as an update" in ana.get(f"{TABLE}{number}/change/")


def test_a_record_of_another_module_is_named_and_not_written_over(system: System) -> None:
    make_unique(system, "Phone", "phone")
    switched = {"duplicate_module": "Contacts"}
    requests.put(f"{system.zoho}/sandbox/switches", json=switched, timeout=5)
    system.sql("UPDATE leads_site SET duplicate_policy = 'update'")
    first = system.post(contact_name="Ada", phone="+44 20 1").json()["id"]
    system.becomes(first, "delivered")

    second = system.post(contact_name="Ada Lovelace", phone="+44 20 1").json()["id"]
    receipt = system.becomes(second, "failed")
    requests.delete(f"{system.zoho}/sandbox/switches", timeout=5)

    assert receipt["reason"]["code"] == "duplicate_record"
    [record] = system.records()
    assert system.calls("update") == 0
    ana, number = system.staff(), number_of(system, second)
    page, table = ana.get(f"{TABLE}{number}/change/"), ana.get(TABLE)
    assert f"/Contacts/{record['id']}" in page
    assert "Contacts" in table
    assert f"{TABLE}{number}/update-existing/" not in page + table


def test_a_site_may_have_its_duplicates_update_the_record(system: System) -> None:
    system.sql("UPDATE leads_site SET duplicate_policy = 'update'")
    make_unique(system, "Phone", "phone")
    first = system.post(contact_name="Ada", phone="+44 20 1").json()["id"]
    system.becomes(first, "delivered")

    second = system.post(contact_name="Ada Lovelace", phone="+44 20 1").json()["id"]
    system.becomes(second, "delivered")

    [record] = system.records()
    assert (record["Last_Name"], record["Lead_Ref"]) == ("Lovelace", first)
    assert system.calls("update") == 1


def test_a_record_that_others_made_in_zoho_holds_the_lead(system: System) -> None:
    record = add_in_zoho(system, Last_Name="Lovelace", Email="Ada@Example.com")
    ask_zoho_too(system)

    lead = system.post(contact_name="Ada", email=" ada@example.COM ").json()["id"]
    other = system.post(contact_name="Bob", email="bob@o'neil.example").json()["id"]

    receipt = system.becomes(lead, "failed")
    assert receipt["reason"]["code"] == "duplicate_email"
    system.becomes(other, "delivered")
    ana, number = system.staff(), number_of(system, lead)
    assert f"record {record} in Zoho" in ana.get(f"{TABLE}{number}/change/")

    ana.submit(f"{TABLE}{number}/send-anyway/")
    system.becomes(lead, "delivered")
    assert len(system.records()) == 3


def test_while_zoho_cannot_say_whether_a_record_exists_the_lead_waits(system: System) -> None:
    ask_zoho_too(system)
    system.fault(mode="503", only="coql")

    lead = system.post(contact_name="Ada", email="ada@example.com").json()["id"]
    eventually(lambda: system.codes() == [13002])

    assert system.receipt(lead)["status"] == "queued"
    assert system.calls("insert") == 0
    requests.delete(f"{system.zoho}/sandbox/faults", timeout=5)
    system.staff().submit(f"{TABLE}{number_of(system, lead)}/retry/")
    system.becomes(lead, "delivered")
    assert len(system.records()) == 1


def test_a_correction_after_a_lost_answer_is_put_over_the_record(system: System) -> None:
    system.fault(mode="store_then_hang_up", times=1)
    lead = system.post(contact_name="Ada", email="ada@example.com").json()["id"]
    eventually(lambda: system.codes() == [13002])
    assert len(system.records()) == 1

    system.staff().submit(
        f"{TABLE}{number_of(system, lead)}/correct/",
        contact_name="Ada Lovelace",
        email="ada@example.com",
        others="{}",
    )
    system.becomes(lead, "delivered")

    [record] = system.records()
    assert (record["Last_Name"], record["Lead_Ref"]) == ("Lovelace", lead)
    assert system.calls("update") == 1


def test_a_thousand_waiting_leads_take_ten_calls_and_a_hundred_credits(system: System) -> None:
    first = system.post(contact_name="Warm").json()["id"]
    system.becomes(first, "delivered")
    system.shell("from django.utils import timezone\n" + ALL_PAUSED)
    system.shell(A_THOUSAND)
    requests.delete(f"{system.zoho}/sandbox/ledger", timeout=5)

    system.shell("Destination.objects.update(paused_at=None, pause_reason='')")
    eventually(lambda: system.count("delivered") == 1001, seconds=60)

    ledger = requests.get(f"{system.zoho}/sandbox/ledger", timeout=5).json()
    inserts = ledger["calls"]["insert"]
    assert inserts <= 12, json.dumps(ledger["calls"])
    # The first lead's proof of arrival, a credit, may fall into this time.
    # Ten leads or fewer are a credit: one call more than ten parts the same leads by one more.
    spent = ledger["credits"] - ledger["calls"].get("list", 0)
    assert spent <= 100 + max(0, inserts - 10)
    assert len(system.records()) == 1001


ALL_PAUSED = "Destination.objects.update(paused_at=timezone.now(), pause_reason='paused_by_hand')"
A_THOUSAND = """
from leads.intake.body.parse import Submission
from leads.intake.receive import Origin, receive
import json
site = Site.objects.select_related("destination").get()
for number in range(1000):
    data = {"contact_name": f"Lead {number}", "email": f"lead{number}@example.com"}
    receive(Submission(json.dumps(data).encode(), "application/json", data), site, Origin())
"""
