"""A record or a user by its name: what Zoho is asked, and what a person is told."""

from __future__ import annotations

from typing import Any

import pytest

from leads.delivery.crm_fields import CrmField, InputKind, NotFound
from tests.zoho.wire import Wire, reply
from zoho.models import Connection
from zoho.setup.lookups import find_record

OWNER = CrmField("Owner", "Owner", InputKind.RECORD, of="users")
ACCOUNT = CrmField("Account", "Account", InputKind.RECORD, of="Accounts")
LAYOUT = CrmField("Layout", "Layout", InputKind.RECORD, of="layouts")
USERS = {
    "users": [
        {"id": "6100000000000101001", "full_name": "Mara Lindqvist", "email": "mara@example.org"},
        {"id": "6100000000000101002", "full_name": "Jonas Petersen", "email": "jp@example.org"},
        {"id": "6100000000000101003", "full_name": "Jonas Petersen", "email": "jo@example.org"},
        {"full_name": "Nobody"},
        "garbage",
    ]
}


def rows(*names: str) -> dict[str, Any]:
    """What Zoho answers to a query: records of these names."""
    return {"data": [{"id": f"61000000000000{n}", "Account_Name": one}
                     for n, one in enumerate(names)]}  # fmt: skip


@pytest.mark.parametrize("name", ["Mara Lindqvist", "mara lindqvist ", "MARA@example.org"])
def test_a_user_is_found_by_name_or_address(wire: Wire, connection: Connection, name: str) -> None:
    wire.on("GET /crm/v8/users", reply(200, USERS))

    assert find_record(connection, OWNER, name)["id"] == "6100000000000101001"


def test_an_account_is_found_by_its_name_alone(wire: Wire, connection: Connection) -> None:
    wire.on("POST /crm/v8/coql", reply(200, rows("O'Brien")))

    found = find_record(connection, ACCOUNT, "O'Brien")

    assert found == {"id": "610000000000000", "name": "O'Brien"}
    (seen,) = [one for one in wire.requests if "coql" in one.path]
    query = seen.json["select_query"]
    assert query.startswith(
        r"select id, Account_Name from Accounts where Account_Name = 'O\'Brien'"
    )


def test_an_id_is_taken_without_asking(wire: Wire, connection: Connection) -> None:
    assert find_record(connection, ACCOUNT, "6100000000000101001")["id"] == "6100000000000101001"
    assert wire.requests == []


TOLD = [
    (OWNER, "Jonas Petersen", "Several users in Zoho are called “Jonas Petersen”"),
    (OWNER, "Ada", "None of the users in Zoho is called “Ada”. There are: Mara Lindqvist, Jonas"),
    (ACCOUNT, "Engines", "Several Accounts in Zoho are called “Engines”"),
    (ACCOUNT, "Nowhere", "None of the Accounts in Zoho is called “Nowhere”."),
    (LAYOUT, "Standard", "Only an id can be entered here."),
]


@pytest.mark.parametrize(("field", "name", "words"), TOLD)
def test_what_is_not_just_one_is_told(
    wire: Wire, connection: Connection, field: CrmField, name: str, words: str
) -> None:
    wire.on("GET /crm/v8/users", reply(200, USERS))
    found = rows("Engines", "engines") if name == "Engines" else {"data": []}
    wire.on("POST /crm/v8/coql", reply(200, found))

    with pytest.raises(NotFound, match=words):
        find_record(connection, field, name)


@pytest.mark.parametrize(
    ("status", "body"), [(401, {"code": "OAUTH_SCOPE_MISMATCH"}), (500, {}), (200, [1])]
)
@pytest.mark.parametrize("field", [OWNER, ACCOUNT])
def test_where_zoho_does_not_say_the_id_can_be_entered(
    wire: Wire, connection: Connection, field: CrmField, status: int, body: Any
) -> None:
    wire.on("GET /crm/v8/users", reply(status, body))
    wire.on("POST /crm/v8/coql", reply(status, body))

    with pytest.raises(NotFound, match="The id can be entered"):
        find_record(connection, field, "Ada")


def test_without_a_connection_the_id_is_asked_for() -> None:
    with pytest.raises(NotFound, match="enter the id"):
        find_record(None, OWNER, "Ada")
