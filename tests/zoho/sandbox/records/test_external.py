"""Records named by a value of the caller's own, with X-EXTERNAL."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho.sandbox.running import Reply, RunningSandbox

FIELD = {"api_name": "External_Lead_ID", "external": "org"}
LEADS = "Leads.External_Lead_ID"


@pytest.fixture
def leads(sandbox: RunningSandbox) -> RunningSandbox:
    sandbox.control("PUT", "fields", {"module": "Leads", "fields": [FIELD]})
    sandbox.insert(*({"Last_Name": n.upper(), "External_Lead_ID": n} for n in "ab"))
    return sandbox


def call(
    sandbox: RunningSandbox, method: str, path: str, body: Any = None, external: str = LEADS
) -> Reply:
    headers = {**sandbox.auth, "X-EXTERNAL": external}
    return sandbox.call(method, f"/crm/v8/{path}", body, headers)


def test_a_record_is_read_by_its_external_id(leads: RunningSandbox) -> None:
    assert call(leads, "GET", "Leads/a").json["data"][0]["Last_Name"] == "A"
    assert call(leads, "GET", "Leads/nobody").status == 204


def test_several_records_are_read_by_their_external_ids(leads: RunningSandbox) -> None:
    reply = call(leads, "GET", "Leads?ids=a,b,c&fields=Last_Name")

    assert [row["Last_Name"] for row in reply.json["data"]] == ["A", "B"]
    assert call(leads, "GET", "Leads?ids=c").status == 204


def test_a_record_is_updated_and_deleted_by_its_external_id(leads: RunningSandbox) -> None:
    updated = call(leads, "PUT", "Leads/a", {"data": [{"City": "Kiel"}]})
    in_body = call(leads, "PUT", "Leads", {"data": [{"External_Lead_ID": "b", "City": "Bonn"}]})
    deleted = call(leads, "DELETE", "Leads/a")

    assert (updated.status, in_body.status, deleted.status) == (200, 200, 200)
    [left] = leads.control("GET", "records").json["records"]
    assert (left["Last_Name"], left["City"]) == ("B", "Bonn")


def test_an_unknown_external_id_cannot_be_updated(leads: RunningSandbox) -> None:
    reply = call(leads, "PUT", "Leads/c", {"data": [{"City": "Kiel"}]})

    assert (reply.status, reply.json["data"][0]["code"]) == (400, "INVALID_DATA")


@pytest.mark.parametrize("header", ["Leads.City", "Leads.Nothing"])
def test_a_field_that_is_not_external_names_nothing(leads: RunningSandbox, header: str) -> None:
    reply = call(leads, "GET", "Leads/a", external=header)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_DATA")


def test_an_external_id_is_unique(leads: RunningSandbox) -> None:
    [item] = leads.insert({"Last_Name": "Twin", "External_Lead_ID": "a"}).json["data"]

    assert (item["code"], item["details"]["api_name"]) == ("DUPLICATE_DATA", "External_Lead_ID")


def test_upsert_goes_by_the_external_id_without_a_header(leads: RunningSandbox) -> None:
    body = {"data": [{"Last_Name": "A2", "External_Lead_ID": "a"}]}

    [item] = leads.crm("POST", "Leads/upsert", body).json["data"]

    assert (item["action"], item["duplicate_field"]) == ("update", "External_Lead_ID")


def test_the_metadata_tells_an_external_field(leads: RunningSandbox) -> None:
    fields = leads.crm("GET", "settings/fields?module=Leads").json["fields"]

    told = {field["api_name"]: field["external"] for field in fields}
    assert told["External_Lead_ID"] == {"show": True, "type": "org"}
    assert told["Lead_Ref"] is None


@pytest.fixture
def account(sandbox: RunningSandbox) -> str:
    field = {"api_name": "External_Account_ID", "external": "user"}
    sandbox.control("PUT", "fields", {"module": "Accounts", "fields": [field]})
    row = {"Account_Name": "Nordlicht", "External_Account_ID": "n-1"}
    made = sandbox.insert(row, module="Accounts").json["data"][0]["details"]["id"]
    return str(made)


LOOKUP = "Contacts.Account_Name.External_Account_ID"


@pytest.mark.parametrize(("value", "status"), [("n-1", 201), ("n-2", 400)])
def test_a_lookup_is_found_by_an_external_id(
    sandbox: RunningSandbox, account: str, value: str, status: int
) -> None:
    row = {"Last_Name": "Berg", "Account_Name": {"External_Account_ID": value, "id": "1"}}

    reply = call(sandbox, "POST", "Contacts", {"data": [row]}, LOOKUP)

    assert reply.status == status
    if status == 201:
        [kept] = sandbox.control("GET", "records?module=Contacts").json["records"]
        assert kept["Account_Name"] == {"id": account}
    else:
        assert reply.json["data"][0]["details"]["api_name"] == "Account_Name"


def test_a_line_item_is_found_by_an_external_id(sandbox: RunningSandbox) -> None:
    field = {"api_name": "Sku", "external": "org"}
    sandbox.control("PUT", "fields", {"module": "Products", "fields": [field]})
    row = {"Product_Name": "Panel", "Sku": "p-1"}
    panel = sandbox.insert(row, module="Products").json["data"][0]["details"]["id"]
    quotes = [
        {"Subject": sku, "Quoted_Items": [{"Product_Name": {"Sku": sku}}]} for sku in ("p-1", "p-2")
    ]

    header = "Quotes.Quoted_Items.Product_Name.Sku"
    reply = call(sandbox, "POST", "Quotes", {"data": quotes}, header)

    assert reply.status == 207
    assert reply.json["data"][1]["details"]["json_path"] == "$.data[1].Quoted_Items[0].Product_Name"
    [kept] = sandbox.control("GET", "records?module=Quotes").json["records"]
    assert kept["Quoted_Items"][0]["Product_Name"] == {"id": panel}
