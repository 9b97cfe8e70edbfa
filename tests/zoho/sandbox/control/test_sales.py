"""What sales people do with leads and deals in the sandbox: by order, and by hand on the pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.zoho.sandbox.running import Reply, RunningSandbox

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SHOWN = "Converted__s,Converted_Date_Time,Converted_Deal,Owner"


def lead(sandbox: RunningSandbox) -> str:
    return str(sandbox.insert({"Last_Name": "Roof"}).json["data"][0]["details"]["id"])


def deals(sandbox: RunningSandbox) -> list[Any]:
    rows = sandbox.control("GET", "records?module=Deals").json["records"]
    return [(row["Deal_Name"], row["Stage"], row.get("Amount")) for row in rows]


def press(sandbox: RunningSandbox, path: str, headers: Any = FORM, **fields: str) -> Reply:
    return sandbox.call("POST", f"/records/{path}", urlencode(fields), headers)


def test_a_converted_lead_names_its_deal_to_who_asks(sandbox: RunningSandbox) -> None:
    sold, kept = lead(sandbox), lead(sandbox)

    order = {"ids": [sold, "61"], "deal": {"Stage": "Closed Won", "Amount": 1200.5}}
    answer = sandbox.control("POST", "convert", order).json

    [deal] = answer["deals"]
    assert answer["converted"] == 1
    path = f"Leads?ids={sold},{kept}&fields={SHOWN}&converted=both"
    first, second = sandbox.crm("GET", path).json["data"]
    assert (first["Converted__s"], first["Converted_Deal"]) == (True, {"name": "Roof", "id": deal})
    assert first["Converted_Date_Time"]
    assert (second["Converted__s"], second["Converted_Deal"]) == (False, None)
    assert deals(sandbox) == [("Roof", "Closed Won", 1200.5)]
    assert (
        "Converted__s" not in sandbox.crm("GET", f"Leads/{kept}?fields=Last_Name").json["data"][0]
    )


def test_a_lead_is_converted_and_a_deal_changed_on_their_pages(sandbox: RunningSandbox) -> None:
    sold = lead(sandbox)
    assert b"Convert into a deal" in sandbox.call("GET", f"/records/Leads/{sold}").content

    answer = press(sandbox, f"Leads/{sold}/convert", Stage="Proposal", Amount="10.5")

    assert (answer.status, answer.headers["Location"]) == (303, f"/records/Leads/{sold}")
    assert b"Convert into a deal" not in sandbox.call("GET", f"/records/Leads/{sold}").content
    deal = sandbox.control("GET", "records?module=Deals").json["records"][0]["id"]
    assert b'value="10.5"' in sandbox.call("GET", f"/records/Deals/{deal}").content
    press(sandbox, f"Deals/{deal}/change", Stage="Closed Won", Amount="")
    assert deals(sandbox) == [("Roof", "Closed Won", 10.5)]


@pytest.mark.parametrize("amount", ["much", "nan", "inf", "1e99"])
def test_an_amount_that_is_none_changes_nothing(sandbox: RunningSandbox, amount: str) -> None:
    assert press(sandbox, f"Leads/{lead(sandbox)}/convert", Amount=amount).status == 400
    assert deals(sandbox) == []


def test_a_page_of_another_site_presses_nothing(sandbox: RunningSandbox) -> None:
    headers = FORM | {"Sec-Fetch-Site": "cross-site"}

    assert press(sandbox, f"Leads/{lead(sandbox)}/convert", headers, Amount="5").status == 403
    assert deals(sandbox) == []


@pytest.mark.parametrize("path", ["Leads/x/convert", "Leads/61/change", "Tasks/61/convert", "x"])
def test_what_is_not_there_is_no_fault(sandbox: RunningSandbox, path: str) -> None:
    assert press(sandbox, path).status in (303, 404)
