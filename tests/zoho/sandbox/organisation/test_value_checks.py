"""Bodies, addresses and values that Zoho would not take."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from typing import Any

import pytest

from tests.zoho.sandbox.running import RunningSandbox
from zoho.sandbox.organisation.value_checks import is_email, is_website

BODY_FAULTS = {
    "no JSON": b"{",
    "not UTF-8": b'{"data":[{"Last_Name":"\xff"}]}',
    "no object": b"[]",
    "nothing": b"",
    "NaN": b'{"data":[{"Last_Name":"B","Annual_Revenue":NaN}]}',
    "deep nesting": b"[" * 100_000,
    "data no list": b'{"data":{"Last_Name":"B"}}',
    "data missing": b"{}",
    "data empty": b'{"data":[]}',
    "trigger no list": b'{"data":[{"Last_Name":"B"}],"trigger":"workflow"}',
}


@pytest.mark.parametrize("name", BODY_FAULTS)
def test_an_unusable_body_is_refused_as_a_whole(sandbox: RunningSandbox, name: str) -> None:
    reply = sandbox.crm("POST", "Leads", BODY_FAULTS[name])

    assert (reply.status, reply.json["code"]) == (400, "INVALID_DATA")


def test_missing_data_can_be_called_mandatory_not_found(sandbox: RunningSandbox) -> None:
    sandbox.switch(missing_data="MANDATORY_NOT_FOUND")

    assert sandbox.crm("POST", "Leads", {}).json["code"] == "MANDATORY_NOT_FOUND"


def test_an_entry_that_is_no_object_fails_alone(sandbox: RunningSandbox) -> None:
    reply = sandbox.insert({"Last_Name": "A"}, "B", None)

    assert reply.status == 207
    assert [one["code"] for one in reply.json["data"]] == ["SUCCESS", *["INVALID_DATA"] * 2]


ADDRESSES = [
    ("DELETE", "org", 400, "INVALID_REQUEST_METHOD"),
    ("PATCH", "Leads/1", 400, "INVALID_REQUEST_METHOD"),
    ("POST", "Leads/1", 400, "INVALID_REQUEST_METHOD"),
    ("GET", "settings/nothing", 404, "INVALID_URL_PATTERN"),
    ("GET", "Leads/1/2/3", 404, "INVALID_URL_PATTERN"),
    ("GET", "Leeds/1", 400, "INVALID_MODULE"),
    ("GET", "settings/fields?module=Leeds", 400, "INVALID_MODULE"),
    ("GET", "settings/fields", 400, "REQUIRED_PARAM_MISSING"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), ADDRESSES)
def test_a_wrong_address_is_refused(
    sandbox: RunningSandbox, method: str, path: str, status: int, code: str
) -> None:
    reply = sandbox.crm(method, path)

    assert (reply.status, reply.json["code"]) == (status, code)


VALUES: list[tuple[str, Any, dict[str, Any] | None]] = [
    ("Company", "x" * 200, None),
    ("Company", "x" * 201, {"maximum_length": 200}),
    ("Company", 5, {"expected_data_type": "text"}),
    ("Description", "x" * 32_000, None),
    ("Description", "x" * 32_001, {"maximum_length": 32_000}),
    ("Phone", "91(987)654321", None),
    ("Phone", "call me, maybe!", None),
    ("Phone", "1" * 31, {"maximum_length": 30}),
    ("Email", "nobody", {"expected_data_type": "email"}),
    ("Email", "", None),
    ("Website", "example.org/a b", None),
    ("Website", "nowhere", {"expected_data_type": "website"}),
    ("No_of_Employees", 999_999_999, None),
    ("No_of_Employees", 1_000_000_000, {"maximum_length": 9}),
    ("No_of_Employees", "12", {"expected_data_type": "integer"}),
    ("No_of_Employees", True, {"expected_data_type": "integer"}),
    ("No_of_Employees", 1.5, {"expected_data_type": "integer"}),
    ("Annual_Revenue", 250000.90, None),
    ("Annual_Revenue", 10**16, {"maximum_length": 16}),
    ("Annual_Revenue", 10**400, {"maximum_length": 16}),
    ("Email_Opt_Out", "true", {"expected_data_type": "boolean"}),
    ("Email_Opt_Out", False, None),
    ("Lead_Source", "something new", None),
    ("Owner", {"id": "6100000000000101001"}, None),
    ("Owner", "6100000000000101001", {"expected_data_type": "jsonobject"}),
    ("Tag", [{"name": "web"}], None),
    ("Tag", "web", {"expected_data_type": "jsonarray"}),
    ("Created_Time", "whatever", None),
]


@pytest.mark.parametrize(("name", "value", "details"), VALUES)
def test_a_value_is_judged_by_its_field(
    sandbox: RunningSandbox, name: str, value: Any, details: dict[str, Any] | None
) -> None:
    [item] = sandbox.insert({"Last_Name": "Berg", name: value}).json["data"]

    if details is None:
        assert item["code"] == "SUCCESS"
    else:
        path = {"api_name": name, "json_path": f"$.data[0].{name}"}
        assert (item["code"], item["details"]) == ("INVALID_DATA", {**details, **path})


OTHER_TYPES: list[tuple[str, Any, bool]] = [
    ("date", "2026-02-28", True),
    ("date", "2026-02-30", False),
    ("date", "28.02.2026", False),
    ("datetime", "2026-02-28T10:00:00+01:00", True),
    ("datetime", "2026-02-28T10:00:00Z", False),
    ("bigint", "1" * 18, True),
    ("bigint", "1" * 19, False),
    ("bigint", 5, False),
    ("percent", 12.5, True),
    ("percent", 100_000, False),
    ("multiselectpicklist", ["a", "b"], True),
    ("multiselectpicklist", "a", False),
    ("subform", [{"a": 1}], True),
    ("subform", {"a": 1}, False),
    ("lookup", {"id": "1"}, True),
    ("lookup", {"name": "x"}, False),
]


@pytest.mark.parametrize(("data_type", "value", "fits"), OTHER_TYPES)
def test_custom_fields_of_every_type_are_checked(
    sandbox: RunningSandbox, data_type: str, value: Any, fits: bool
) -> None:
    order = {"fields": [{"api_name": "Extra", "data_type": data_type}]}
    sandbox.control("PUT", "fields", order)

    assert (sandbox.insert({"Last_Name": "B", "Extra": value}).status == 201) == fits


def test_a_closed_picklist_names_what_it_supports(sandbox: RunningSandbox) -> None:
    sandbox.switch(picklists="closed")

    [item] = sandbox.insert({"Last_Name": "B", "Lead_Source": "odd"}).json["data"]

    assert item["details"]["supported_values"] == ["-None-", "Web site", "Trade fair"]


def test_only_the_first_fault_of_a_record_is_told(sandbox: RunningSandbox) -> None:
    [item] = sandbox.insert({"Email": "no", "No_of_Employees": "no"}).json["data"]

    assert item["code"] == "MANDATORY_NOT_FOUND"


def test_all_faults_of_a_record_can_be_told(sandbox: RunningSandbox) -> None:
    sandbox.switch(faults_per_record="all")

    [item] = sandbox.insert({"Email": "no", "No_of_Employees": "no"}).json["data"]

    assert len(item["details"]["errors"]) == 3


GOOD_ADDRESSES = ["ines.berg@example.org", "_a+b@x.example", "jörg@müller.example", "1@a-b.co"]
BAD_ADDRESSES = [
    "",
    "@a.bc",
    "a@b",
    "a@b.c",
    ".a@b.cd",
    "a@-b.cd",
    "a b@c.de",
    "a@b.c1",
    "a@b@c.de",
]


@pytest.mark.parametrize("text", GOOD_ADDRESSES)
def test_an_email_address_is_taken(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize("text", BAD_ADDRESSES)
def test_what_is_no_email_address_is_not(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize("text", ["example.org", "https://www.example.org/a?b", "ftp://a.b"])
def test_a_website_is_taken(text: str) -> None:
    assert is_website(text)


NASTY = ["a.b" + "/\n" * 30_000, "a." * 30_000 + '"', "a@" + "b-" * 30_000, "a.b" + "?" * 30_000]


@pytest.mark.parametrize("text", NASTY)
def test_no_value_takes_long_to_judge(text: str) -> None:
    started = time.process_time()

    is_website(text[:255])
    is_email(text)

    assert time.process_time() - started < 0.1


def test_a_body_without_a_length_is_refused(sandbox: RunningSandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=5)
    with contextlib.suppress(OSError):  # it answers, and closes, before the body has gone
        connection.request("POST", "/crm/v8/Leads", iter([b"{}"]), sandbox.auth)

    assert connection.getresponse().status == 411


def test_one_connection_serves_many_calls(sandbox: RunningSandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=5)
    statuses = []
    for _ in range(3):
        connection.request("GET", "/crm/v8/org", headers=sandbox.auth)
        response = connection.getresponse()
        response.read()
        statuses.append((response.status, connection.sock is not None))

    connection.close()
    assert statuses == [(200, True)] * 3


ODD_REQUESTS = [
    b"GET //[/crm HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /crm/v8/Leads HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /crm/v8/Leads HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
    b"GET /crm/v8/Leads?fields=id&per_page=" + b"9" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /crm/v8/%ff%00/1 HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"nonsense\r\n\r\n",
]


@pytest.mark.parametrize("raw", ODD_REQUESTS)
def test_an_odd_request_gets_a_4xx(sandbox: RunningSandbox, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=5) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)

        assert b" 4" in connection.recv(4096).split(b"\r\n")[0]
