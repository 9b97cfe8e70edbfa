"""A lead from its post to the deal that it sold, and to the file for Google Ads."""

from __future__ import annotations

import csv

from tests.journeys.kit.system import System
from tests.journeys.zoho.test_gone import order
from tests.journeys.zoho.test_reconcile import zoho_call

CLICK = "CjwKCAjw_Test-click_wcB"


def test_a_lead_is_followed_from_its_campaign_to_its_deal(system: System) -> None:
    sold = {"utm_source": "google", "utm_campaign": "spring", "gclid": CLICK}
    for name, more in (("Sold", sold), ("Kept", {})):
        system.becomes(system.post(contact_name=name, **more).json()["id"], "delivered")
    system.sql("UPDATE zoho_connection SET reads_sales = true")
    record = next(one["id"] for one in system.records() if one["Last_Name"] == "Sold")
    order(system, "convert", ids=[record], deal={"Stage": "Closed Won", "Amount": 1200.5})

    # What the schedule calls every hour: the pass is due as soon as it is switched on.
    system.shell("from zoho.tasks import read_sales\nread_sales()")
    assert len(system.sql("SELECT 1 FROM leads_crmrecord")) == 2

    ana = system.staff()
    [(pk,)] = system.sql("SELECT lead_id FROM leads_crmrecord WHERE won")
    card = ana.get(f"/admin/leads/lead/{pk}/change/").partition("What became of it")[2]
    assert "Closed Won" in card
    assert "1,200.50 EUR" in card
    rows = csv.DictReader(ana.get("/admin/sales.csv?range=24h").lstrip("\ufeff").splitlines())
    spring = [row for row in rows if row["value"] == "google / - / spring"]
    names = ("leads", "delivered", "converted", "won", "amount EUR")
    assert [[row[name] for name in names] for row in spring] == [["1", "1", "1", "1", "1200.50"]]
    file = ana.submit("/admin/google-ads.csv", range="24h").text
    assert f"{CLICK},Lead converted," in file
    assert ",1200.50,EUR" in file

    deal = str(system.sql("SELECT deal_id FROM leads_crmrecord WHERE won")[0][0])
    zoho_call(system, "PUT", f"Deals/{deal}", json={"data": [{"Stage": "Closed Lost"}]})
    assert "all read, 2 leads" in system.manage("sales")
    assert system.sql("SELECT sum(won), sum(amount) FROM leads_salescounter") == [(0, 0)]
