"""Inserting, updating, upserting and reading records."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.zoho.sandbox.running import Reply, RunningSandbox


def item(reply: Reply, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = reply.json["data"][number]
    return found


def codes(reply: Reply) -> list[str]:
    return [one["code"] for one in reply.json["data"]]


def new_id(reply: Reply, number: int = 0) -> str:
    return str(item(reply, number)["details"]["id"])


def lead(**fields: Any) -> dict[str, Any]:
    return {"Last_Name": "Berg", **fields}


def test_a_hundred_records_are_stored_in_one_call(sandbox: RunningSandbox) -> None:
    reply = sandbox.insert(*(lead(Lead_Ref=str(n)) for n in range(100)))

    assert reply.status == 201
    assert len({one["details"]["id"] for one in reply.json["data"]}) == 100
    assert sandbox.control("GET", "count").json == {"records": 100, "distinct": 100}


def test_what_was_sent_can_be_read_back(sandbox: RunningSandbox) -> None:
    sent = lead(First_Name="Ines", Company="Ö & Søn 😀", No_of_Employees=12)

    record = new_id(sandbox.insert(sent))

    [shown] = sandbox.crm("GET", f"Leads/{record}").json["data"]
    assert {**shown, **sent, "Full_Name": "Ines Berg"} == shown


def test_half_a_surrogate_pair_survives(sandbox: RunningSandbox) -> None:
    body = b'{"data":[{"Last_Name":"a\\ud800b","Lead_Ref":"\\ud800"}]}'

    reply = sandbox.crm("POST", "Leads", body)

    assert reply.status == 201
    assert sandbox.control("GET", "records").json["records"][0]["Last_Name"] == "a\ud800b"


def test_an_unknown_id_has_no_content(sandbox: RunningSandbox) -> None:
    reply = sandbox.crm("GET", "Leads/6100000000000999999")

    assert (reply.status, reply.content) == (204, b"")


def test_a_malformed_id_is_invalid_data(sandbox: RunningSandbox) -> None:
    reply = sandbox.crm("GET", "Leads/abc")

    assert (reply.status, reply.json["code"]) == (400, "INVALID_DATA")


def test_unknown_fields_are_ignored(sandbox: RunningSandbox) -> None:
    reply = sandbox.insert(lead(Favourite_Colour="blue"))

    assert reply.status == 201
    assert "Favourite_Colour" not in sandbox.control("GET", "records").json["records"][0]


def test_unknown_fields_can_be_refused(sandbox: RunningSandbox) -> None:
    sandbox.switch(unknown_fields="refused")

    reply = sandbox.insert(lead(Favourite_Colour="blue"))

    assert item(reply)["details"]["api_name"] == "Favourite_Colour"


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_mandatory_field_counts_as_missing(
    sandbox: RunningSandbox, empty: str | None
) -> None:
    assert codes(sandbox.insert({"Last_Name": empty})) == ["MANDATORY_NOT_FOUND"]


@pytest.mark.parametrize(
    ("module", "missing"), [("Contacts", "Last_Name"), ("Accounts", "Account_Name")]
)
def test_other_modules_have_their_own_mandatory_fields(
    sandbox: RunningSandbox, module: str, missing: str
) -> None:
    reply = sandbox.insert({"Phone": "1"}, module=module)

    assert item(reply)["details"]["api_name"] == missing


def test_a_deal_is_stored_with_name_and_stage(sandbox: RunningSandbox) -> None:
    assert sandbox.insert({"Deal_Name": "D", "Stage": "Proposal"}, module="Deals").status == 201


def test_plain_insert_stores_two_leads_with_one_email(sandbox: RunningSandbox) -> None:
    reply = sandbox.insert(lead(Email="a@b.example"), lead(Email="a@b.example"))

    assert codes(reply) == ["SUCCESS", "SUCCESS"]


def test_the_second_of_two_twins_names_the_first(sandbox: RunningSandbox) -> None:
    reply = sandbox.insert(lead(Lead_Ref="x"), lead(Lead_Ref="x"))

    assert reply.status == 207
    assert codes(reply) == ["SUCCESS", "DUPLICATE_DATA"]
    assert item(reply, 1)["details"]["duplicate_record"]["id"] == new_id(reply)


def test_both_twins_can_be_refused(sandbox: RunningSandbox) -> None:
    sandbox.switch(twins="both refused")

    reply = sandbox.insert(lead(Lead_Ref="x"), lead(Lead_Ref="x"), lead(Lead_Ref="y"))

    assert codes(reply) == ["DUPLICATE_DATA", "DUPLICATE_DATA", "SUCCESS"]


def test_a_unique_value_compares_without_case(sandbox: RunningSandbox) -> None:
    sandbox.insert(lead(Lead_Ref="Ref-1"))

    assert codes(sandbox.insert(lead(Lead_Ref="rEF-1"))) == ["DUPLICATE_DATA"]


def test_a_case_sensitive_field_tells_case_apart(sandbox: RunningSandbox) -> None:
    strict = {"api_name": "Lead_Ref", "unique": {"case_sensitive": True}}
    sandbox.control("PUT", "fields", {"fields": [strict]})

    reply = sandbox.insert(lead(Lead_Ref="Ref-1"), lead(Lead_Ref="rEF-1"))

    assert reply.status == 201


def test_of_twenty_calls_at_once_with_one_reference_one_stores(sandbox: RunningSandbox) -> None:
    assert sandbox.auth
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: sandbox.insert(lead(Lead_Ref="once")), range(20)))

    assert Counter(codes(reply)[0] for reply in replies) == {"SUCCESS": 1, "DUPLICATE_DATA": 19}
    assert sandbox.count() == 1


def test_an_update_changes_only_what_it_names(sandbox: RunningSandbox) -> None:
    record = new_id(sandbox.insert(lead(City="Kiel", Lead_Ref="x")))

    reply = sandbox.crm("PUT", f"Leads/{record}", {"data": [{"City": "Bonn"}]})

    assert (reply.status, item(reply)["message"]) == (200, "record updated")
    [shown] = sandbox.crm("GET", f"Leads/{record}").json["data"]
    assert (shown["City"], shown["Lead_Ref"]) == ("Bonn", "x")


def test_an_update_may_keep_its_own_unique_value(sandbox: RunningSandbox) -> None:
    record = new_id(sandbox.insert(lead(Lead_Ref="x")))

    reply = sandbox.crm("PUT", "Leads", {"data": [{"id": record, "Lead_Ref": "x", "City": "B"}]})

    assert reply.status == 200


def test_an_update_cannot_take_anothers_unique_value(sandbox: RunningSandbox) -> None:
    reply = sandbox.insert(lead(Lead_Ref="x"), lead(Lead_Ref="y"))

    reply = sandbox.crm("PUT", f"Leads/{new_id(reply, 1)}", {"data": [{"Lead_Ref": "x"}]})

    assert (reply.status, codes(reply)) == (400, ["DUPLICATE_DATA"])


def test_a_value_given_up_by_an_update_is_free_again(sandbox: RunningSandbox) -> None:
    record = new_id(sandbox.insert(lead(Lead_Ref="x")))
    sandbox.crm("PUT", f"Leads/{record}", {"data": [{"Lead_Ref": "z"}]})

    assert sandbox.insert(lead(Lead_Ref="x")).status == 201


def test_an_update_of_an_unknown_id_is_refused(sandbox: RunningSandbox) -> None:
    reply = sandbox.crm("PUT", "Leads/6100000000000999999", {"data": [{"City": "B"}]})

    assert (reply.status, codes(reply)) == (400, ["INVALID_DATA"])


UPSERT_ORDER = [
    (None, "Email"),
    (["Lead_Ref"], "Lead_Ref"),
    (["Email"], "Email"),
    (["Lead_Ref", "Email"], "Lead_Ref"),
]


@pytest.mark.parametrize(("named", "matched"), UPSERT_ORDER)
def test_upsert_compares_the_fields_in_order(
    sandbox: RunningSandbox, named: list[str] | None, matched: str
) -> None:
    sandbox.insert(lead(Email="a@b.example"))
    sandbox.insert(lead(Lead_Ref="x"))
    row = lead(Email="a@b.example", Lead_Ref="x")
    body = {"data": [row], **({"duplicate_check_fields": named} if named else {})}

    # The row means two records at once; the one it is not written to still holds its reference.
    reply = sandbox.crm("POST", "Leads/upsert", body)

    if matched == "Lead_Ref":
        assert item(reply)["duplicate_field"] == "Lead_Ref"
    else:
        assert codes(reply) == ["DUPLICATE_DATA"]


def test_upsert_on_the_reference_does_not_overwrite_by_email(sandbox: RunningSandbox) -> None:
    sandbox.insert(lead(Email="a@b.example", City="Kiel"))

    body = {"data": [lead(Email="a@b.example", Lead_Ref="n", City="Bonn")]}
    reply = sandbox.crm("POST", "Leads/upsert", {**body, "duplicate_check_fields": ["Lead_Ref"]})

    assert item(reply)["action"] == "insert"
    assert sandbox.count() == 2


def test_upsert_checks_only_fields_that_may_be_checked(sandbox: RunningSandbox) -> None:
    body = {"data": [lead()], "duplicate_check_fields": ["City"]}

    reply = sandbox.crm("POST", "Leads/upsert", body)

    assert (reply.status, reply.json["code"]) == (400, "INVALID_DATA")


def test_a_list_needs_fields(sandbox: RunningSandbox) -> None:
    reply = sandbox.crm("GET", "Leads")

    assert (reply.status, reply.json["code"]) == (400, "REQUIRED_PARAM_MISSING")


def test_an_empty_list_has_no_content(sandbox: RunningSandbox) -> None:
    assert sandbox.crm("GET", "Leads?fields=id").status == 204


def test_all_records_can_be_read_page_by_page(sandbox: RunningSandbox) -> None:
    sandbox.insert(*(lead(Lead_Ref=str(n)) for n in range(5)))
    seen, more = [], ""
    while more is not None:
        page = sandbox.crm("GET", f"Leads?fields=Lead_Ref&per_page=2{more}").json
        seen += [row["Lead_Ref"] for row in page["data"]]
        token = page["info"]["next_page_token"]
        more = f"&page_token={token}" if token else None  # type: ignore[assignment]  # None ends the loop

    assert seen == ["4", "3", "2", "1", "0"]


def test_what_was_deleted_is_listed_newest_first(sandbox: RunningSandbox) -> None:
    assert sandbox.crm("GET", "Leads/deleted?type=all").status == 204
    made = sandbox.insert({"Last_Name": "Old"}, {"Last_Name": "Kept"}, {"Last_Name": "New"})
    ids = [item["details"]["id"] for item in made.json["data"]]
    for record in (ids[0], ids[2]):
        sandbox.crm("DELETE", f"Leads/{record}")

    listed = sandbox.crm("GET", "Leads/deleted?type=all&per_page=1").json

    assert listed["info"]["more_records"] is True
    assert [row["id"] for row in listed["data"]] == [ids[2]]
    assert sandbox.crm("GET", "Contacts/deleted?type=all").status == 204
