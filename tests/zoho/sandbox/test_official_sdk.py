"""Zoho's own Python SDK against the sandbox: a client that was written for the real thing.

It reads fields, users and the organisation by itself, builds its requests from what it read, and
turns answers into typed objects. What it does not know, it drops or raises on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.zoho.sandbox.running import RunningSandbox

pytest.importorskip("zohocrmsdk", reason="make test installs it")

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.assignment_rules import AssignmentRulesOperations
from zohocrmsdk.src.com.zoho.crm.api.assignment_rules.assignment_rules_operations import (
    GetAssignmentRulesParam,
)
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations
from zohocrmsdk.src.com.zoho.crm.api.fields.fields_operations import GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.layouts import LayoutsOperations
from zohocrmsdk.src.com.zoho.crm.api.layouts.layouts_operations import GetLayoutsParam
from zohocrmsdk.src.com.zoho.crm.api.modules import ModulesOperations
from zohocrmsdk.src.com.zoho.crm.api.record import (
    APIException,
    BodyWrapper,
    Record,
    RecordOperations,
    SuccessResponse,
)
from zohocrmsdk.src.com.zoho.crm.api.record.record_operations import (
    GetRecordHeader,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.users import UsersOperations
from zohocrmsdk.src.com.zoho.crm.api.users.users_operations import GetUsersParam
from zohocrmsdk.src.com.zoho.crm.api.util import Choice


def connect(sandbox: RunningSandbox, folder: Path, **grant: str) -> None:
    """Starts the SDK anew; it keeps tokens and fields in files of its own."""
    url = f"http://127.0.0.1:{sandbox.port}"
    Initializer.initialize(
        environment=DataCenter.Environment(url, f"{url}/oauth/v2/token", url),
        token=OAuthToken(client_id="1000.SANDBOX", client_secret="sandbox-secret", **grant),
        store=FileStore(str(folder / "tokens.txt")),
        sdk_config=SDKConfig(auto_refresh_fields=True, pick_list_validation=False),
        resource_path=str(folder),
        logger=Logger.get_instance(Logger.Levels.ERROR, str(folder / "sdk.log")),
    )


@pytest.fixture
def sdk(sandbox: RunningSandbox, tmp_path: Path) -> RunningSandbox:
    connect(sandbox, tmp_path, refresh_token="1000.sandbox.refresh")
    return sandbox


def record(**fields: Any) -> Record:
    made = Record()
    for name, value in fields.items():
        made.add_key_value(name, value)
    return made


def body(*records: Record) -> BodyWrapper:
    made = BodyWrapper()
    made.set_data(list(records))
    return made


def told(response: Any) -> list[tuple[type, str]]:
    """What each record came to: the SDK's class for it, and the code."""
    return [(type(one), one.get_code().get_value()) for one in response.get_object().get_data()]


def params(name: Any, value: str) -> ParameterMap:
    made = ParameterMap()
    made.add(name, value)
    return made


SUCCESS = (SuccessResponse, "SUCCESS")


def test_the_sdk_inserts_a_lead(sdk: RunningSandbox) -> None:
    lead = record(Last_Name="Berg", Company="Nordlicht", Lead_Ref="r", No_of_Employees=7)

    response = RecordOperations("Leads").create_records(body(lead))

    assert (response.get_status_code(), told(response)) == (201, [SUCCESS])
    [kept] = sdk.control("GET", "records").json["records"]
    assert (kept["Lead_Ref"], kept["No_of_Employees"]) == ("r", 7)


def test_the_sdk_reads_the_results_of_a_mixed_call(sdk: RunningSandbox) -> None:
    leads = [record(Last_Name="Berg", Lead_Ref="r") for _ in range(2)]

    response = RecordOperations("Leads").create_records(body(*leads))

    assert response.get_status_code() == 207
    assert told(response) == [SUCCESS, (APIException, "DUPLICATE_DATA")]
    first, second = response.get_object().get_data()
    twin = second.get_details()["duplicate_record"]
    assert str(twin.get_id()) == first.get_details()["id"]


def test_the_sdk_upserts_by_a_unique_field(sdk: RunningSandbox) -> None:
    sdk.insert({"Last_Name": "Old", "Lead_Ref": "r"})
    request = body(record(Last_Name="New", Lead_Ref="r"))
    request.set_duplicate_check_fields(["Lead_Ref"])

    response = RecordOperations("Leads").upsert_records(request)

    [item] = response.get_object().get_data()
    assert (item.get_action().get_value(), item.get_duplicate_field()) == ("update", "Lead_Ref")


def test_the_sdk_updates_and_deletes(sdk: RunningSandbox) -> None:
    made = sdk.insert({"Last_Name": "Berg"}).json["data"][0]["details"]["id"]
    operations = RecordOperations("Leads")

    updated = operations.update_record(int(made), body(record(City="Kiel")))
    deleted = operations.delete_record(int(made))

    assert told(updated) == told(deleted) == [SUCCESS]
    assert sdk.count() == 0


def test_the_sdk_reads_records_by_id_search_and_external_id(sdk: RunningSandbox) -> None:
    field = {"api_name": "Ext", "external": "org"}
    sdk.control("PUT", "fields", {"module": "Leads", "fields": [field]})
    sdk.switch(search_lag=0)
    lead = {"Last_Name": "Berg", "Email": "a@b.example", "Ext": "e-1", "Annual_Revenue": 1.5}
    made = sdk.insert(lead).json["data"][0]["details"]["id"]
    external = HeaderMap()
    external.add(GetRecordHeader.x_external, "Leads.Ext")
    operations = RecordOperations("Leads")

    answers = [
        operations.get_record(int(made)),
        operations.search_records(params(SearchRecordsParam.email, "a@b.example")),
        operations.get_record_using_external_id("e-1", None, external),
    ]

    for answer in answers:
        [found] = answer.get_object().get_data()
        assert (found.get_id(), found.get_key_value("Last_Name")) == (int(made), "Berg")
        assert found.get_key_value("Owner").get_name() == "Mara Lindqvist"
    nobody = operations.search_records(params(SearchRecordsParam.email, "nobody"))
    assert (nobody.get_status_code(), nobody.get_object()) == (204, None)


def settings() -> dict[str, tuple[Callable[[], Any], str, int]]:
    """Calls about the organisation: how to make each, the key of its list, its length."""
    rules = params(GetAssignmentRulesParam.module, "Leads")
    return {
        "fields": (
            lambda: FieldsOperations().get_fields(params(GetFieldsParam.module, "Deals")),
            "fields",
            21,
        ),
        "layouts": (
            lambda: LayoutsOperations().get_layouts(params(GetLayoutsParam.module, "Leads")),
            "layouts",
            1,
        ),
        "rules": (
            lambda: AssignmentRulesOperations().get_assignment_rules(rules),
            "assignment_rules",
            1,
        ),
        "modules": (lambda: ModulesOperations().get_modules(), "modules", 21),
        "users": (
            lambda: UsersOperations().get_users(params(GetUsersParam.type, "ActiveUsers")),
            "users",
            3,
        ),
    }


@pytest.mark.parametrize("name", settings())
def test_the_sdk_understands_what_the_organisation_tells(sdk: RunningSandbox, name: str) -> None:
    ask, key, number = settings()[name]

    answer = ask()

    assert answer.get_status_code() == 200
    assert len(getattr(answer.get_object(), f"get_{key}")()) == number


def test_the_sdk_exchanges_a_grant(sandbox: RunningSandbox, tmp_path: Path) -> None:
    connect(sandbox, tmp_path, grant_token=sandbox.control("POST", "grants").json["code"])

    response = RecordOperations("Leads").create_records(body(record(Last_Name="Berg")))

    assert told(response) == [SUCCESS]


def test_the_sdk_tells_a_whole_refusal(sdk: RunningSandbox) -> None:
    request = body(record(Last_Name="Berg"))
    request.set_lar_id("1")

    refused = RecordOperations("Leads").create_records(request).get_object()

    assert isinstance(refused, APIException)
    assert refused.get_code().get_value() == "INVALID_DATA"


def test_the_sdk_inserts_into_a_module_with_choices_and_times(sdk: RunningSandbox) -> None:
    call = record(
        Subject="First",
        Call_Type=Choice("Outbound"),
        Call_Start_Time=datetime(2026, 3, 2, 9, tzinfo=UTC),
        Call_Duration="10:00",
    )

    response = RecordOperations("Calls").create_records(body(call))

    assert told(response) == [SUCCESS]
