"""The set-up check, against the sandbox."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from leads.clock import Deadline
from leads.models import ApiCall, Destination, Site
from tests.factories import make_destination, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.zoho.sandbox.running import RunningSandbox
from zoho.models import Connection
from zoho.setup.check import check
from zoho.setup.check_lines import CheckLine, Level, clock, credits_left

RULE = "6100000000000333001"


@pytest.fixture
def connected(sandbox: RunningSandbox, db: None) -> Destination:
    """A destination that is connected with the sandbox."""
    destination = make_destination()
    connection, _made = Connection.objects.get_or_create(destination=destination)
    connection.accounts_url = f"http://127.0.0.1:{sandbox.port}"
    connection.client_id, connection.client_secret = "1000.SANDBOX", "sandbox-secret"
    connection.refresh_token = "1000.sandbox.refresh"
    connection.save()
    return destination


def found(destination: Destination, seconds: float = 20) -> dict[str, CheckLine]:
    return {one.name: one for one in check(destination, Deadline(seconds))}


def levels(findings: dict[str, CheckLine]) -> set[Level]:
    return {one.level for one in findings.values()}


def test_a_good_set_up_is_all_ticks(connected: Destination) -> None:
    make_site(name="Shop", options={"lar_id": RULE})

    findings = found(connected)

    assert levels(findings) == {Level.OK}, findings
    assert findings["Organisation"].text == "Nordlicht GmbH"
    assert list(findings) == [
        "Credentials",
        "Access token",
        "Scopes",
        "Organisation",
        "Module Leads",
        "Reference field of Leads",
        "Mandatory fields of Shop",
        "Assignment rule of Shop",
        "Credits",
    ]


def test_every_question_is_a_call_on_record(connected: Destination) -> None:
    make_site(options={"lar_id": RULE, "Layout": {"id": "1"}})

    found(connected)

    kinds = list(ApiCall.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["token", *["metadata"] * 5]
    assert not ApiCall.objects.filter(ended_at=None).exists()


def test_the_engine_learns_that_the_reference_is_unique(connected: Destination) -> None:
    make_site()

    found(connected)

    assert Destination.objects.get().resend_is_safe


def test_without_credentials_there_is_one_line(connected: Destination) -> None:
    Connection.objects.update(refresh_token="")

    assert levels(found(connected)) == {Level.FAIL}


def test_credentials_that_no_key_opens_are_named_so(connected: Destination, settings: Any) -> None:
    settings.FIELD_KEYS = ["b3RoZXItb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OTA="]

    assert "FIELD_KEYS" in found(connected)["Credentials"].text


def test_a_revoked_token_ends_the_check(connected: Destination, sandbox: RunningSandbox) -> None:
    sandbox.control("POST", "revoke", {"what": "refresh"})

    findings = found(connected)

    assert findings["Access token"].level is Level.FAIL
    assert "revoked" in findings["Access token"].text
    assert len(findings) == 2


def test_an_access_token_that_zoho_refuses_is_renewed(
    connected: Destination, sandbox: RunningSandbox
) -> None:
    make_site()
    found(connected)
    sandbox.control("POST", "revoke", {"what": "access"})

    assert levels(found(connected)) == {Level.OK}


def test_missing_scopes_are_named(connected: Destination, sandbox: RunningSandbox) -> None:
    make_site()
    code = sandbox.control("POST", "grants", {"scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ"})
    granted = sandbox.token_call(grant_type="authorization_code", code=code.json["code"]).json
    Connection.objects.update(refresh_token="")
    row = Connection.objects.get()
    row.refresh_token = granted["refresh_token"]
    row.save()

    findings = found(connected)

    assert findings["Scopes"].level is Level.FAIL
    assert "ZohoCRM.settings.fields.READ" in findings["Scopes"].text
    assert findings["Organisation"].level is Level.OK
    assert findings["Modules"].level is Level.FAIL


def test_a_module_that_is_not_there_names_its_sites(connected: Destination) -> None:
    make_site(name="Shop", module="Visits")

    finding = found(connected)["Module Visits"]

    assert finding.level is Level.FAIL
    assert "Shop" in finding.text


def test_disabled_sites_are_not_looked_at(connected: Destination) -> None:
    make_site(name="Old", module="Visits", enabled=False)

    assert found(connected)["Sites"].level is Level.WARN


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"drop": ["Lead_Ref"]}, "has no field Lead_Ref"),
        ({"fields": [{"api_name": "Lead_Ref"}]}, "one value twice"),
        ({"fields": [{"api_name": "Lead_Ref", "data_type": "textarea"}]}, "of type textarea"),
    ],
)
def test_a_reference_field_that_does_not_serve_comes_with_the_clicks(
    connected: Destination, sandbox: RunningSandbox, order: dict[str, Any], words: str
) -> None:
    make_site()
    sandbox.control("PUT", "fields", {"module": "Leads"} | order)

    finding = found(connected)["Reference field of Leads"]

    assert finding.level is Level.WARN
    assert words in finding.text
    assert "waits for a person" in finding.text
    assert any("Do not allow duplicate values" in step for step in finding.steps)


def test_a_mandatory_field_without_a_rule_is_named(
    connected: Destination, sandbox: RunningSandbox
) -> None:
    make_site(name="Shop")
    field = {"api_name": "Consent", "data_type": "boolean", "mandatory": True}
    sandbox.control("PUT", "fields", {"module": "Leads", "fields": [field]})

    finding = found(connected)["Mandatory fields of Shop"]

    assert finding.level is Level.FAIL
    assert "Consent" in finding.text


def test_rules_and_layouts_that_are_not_there_are_named(connected: Destination) -> None:
    make_site(name="Shop", options={"lar_id": "1", "Layout": {"id": "2"}})

    findings = found(connected)

    assert findings["Assignment rule of Shop"].level is Level.FAIL
    assert "Web leads by country" in findings["Assignment rule of Shop"].text
    assert findings["Layout of Shop"].level is Level.FAIL


def test_the_check_ends_in_time(connected: Destination, sandbox: RunningSandbox) -> None:
    make_site()
    sandbox.fault(latency=3.0, only="any")

    findings = found(connected, seconds=1)

    assert Level.FAIL in levels(findings)
    sandbox.control("DELETE", "faults")


@pytest.mark.parametrize(
    ("header", "level"), [("", Level.OK), ("50000", Level.OK), ("12", Level.WARN), ("x", Level.OK)]
)
def test_credits(header: str, level: Level) -> None:
    assert credits_left(header).level is level


@pytest.mark.parametrize(("seconds", "lines"), [(0, 0), (60, 0), (300, 1), (-300, 1)])
def test_clocks_that_are_apart_are_told(seconds: int, lines: int) -> None:
    now = timezone.now().replace(microsecond=0)
    date = (now + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    assert len(list(clock(date, now))) == lines


@pytest.mark.parametrize("date", ["", "soon", "Sun, 22 Nov 2026 05:00:00 -0000"])
def test_a_date_that_is_none_says_nothing(date: str) -> None:
    assert list(clock(date, timezone.now())) == []


# --- The command and the page ---------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("zoho_check", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_a_line_each(connected: Destination) -> None:
    make_site()

    assert "✓ Organisation: Nordlicht GmbH" in run()


def test_the_command_fails_where_something_must_be_mended(connected: Destination) -> None:
    make_site(module="Visits")

    with pytest.raises(CommandError, match="1 to mend"):
        run()


def test_the_command_checks_the_destination_that_is_named(connected: Destination) -> None:
    Destination.objects.create(name="Second")
    make_site(destination=connected)

    assert "Second" not in run("--destination", connected.name)
    with pytest.raises(CommandError, match="no destination “Third”"):
        run("--destination", "Third")


def test_the_page_shows_what_was_found_and_keeps_it_nowhere(connected: Destination) -> None:
    make_site(name="<Shop>", options={"lar_id": "1"})
    boss = client_of(make_user("boss", is_superuser=True))
    address = f"/admin/leads/destination/{connected.pk}"

    page = boss.post(f"{address}/check/").content.decode()

    assert "Nordlicht GmbH" in page
    assert "Assignment rule of &lt;Shop&gt;" in page
    assert "Nordlicht GmbH" not in boss.get(f"{address}/connect/").content.decode()


# --- Request options -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "level"),
    [
        ("6100000000000101002", Level.OK),
        ("6100000000000101004", Level.FAIL),  # disabled
        ("6100000000000101005", Level.FAIL),  # deleted
        ("4711", Level.FAIL),
    ],
)
def test_an_owner_must_be_an_active_user(connected: Destination, owner: str, level: Level) -> None:
    make_site(name="Shop", options={"Owner": {"id": owner}})

    line = found(connected)["Owner of Shop"]

    assert line.level is level
    assert "Jonas Petersen" in line.text


def test_where_users_cannot_be_read_the_owner_is_not_called_wrong(
    connected: Destination, sandbox: RunningSandbox
) -> None:
    make_site(name="Shop", options={"Owner": {"id": "4711"}})
    sandbox.control("PUT", "faults", {"mode": "scope_mismatch", "only": "users"})

    line = found(connected)["Owner"]

    assert line.level is Level.WARN
    assert "OAUTH_SCOPE_MISMATCH" in line.text


@pytest.mark.parametrize(
    "options",
    [
        {"lar_id": 5},
        {"trigger": ["workflows"]},
        {"Tag": "Web"},
        {"Owner": "61"},
        {"$approved": "no"},
        {"nonsense": 1},
        {"apply_feature_execution": [{"name": "x"}]},
    ],
)
def test_every_option_that_cannot_be_sent_is_named(
    connected: Destination, options: dict[str, Any]
) -> None:
    make_site(name="Shop")
    Site.objects.update(options=options)

    line = found(connected)["Request options of Shop"]

    assert line.level is Level.FAIL
    assert next(iter(options)) in line.text


@pytest.mark.parametrize("module", ["Leads", "Nowhere"])
def test_options_are_looked_at_whatever_is_known_of_the_module(
    connected: Destination, sandbox: RunningSandbox, module: str
) -> None:
    """Without the scope to read fields an owner who had left, or a misspelt key, got no word."""
    make_site(name="Shop", module=module, options={"Owner": {"id": "4711"}})
    make_site(name="Fair", module=module)
    Site.objects.filter(name="Fair").update(options={"nonsense": 1})
    sandbox.control("PUT", "faults", {"mode": "scope_mismatch", "only": "fields"})

    findings = found(connected)

    assert findings[f"Module {module}"].level is Level.FAIL
    assert findings["Owner of Shop"].level is Level.FAIL
    assert "nonsense" in findings["Request options of Fair"].text


@pytest.mark.parametrize("options", [[], ["Owner"], "Owner"])
def test_options_of_no_form_are_told_and_end_no_check(
    connected: Destination, options: object
) -> None:
    make_site(name="Shop", module="Nowhere")
    Site.objects.update(options=options)

    assert found(connected)["Request options of Shop"].level is Level.FAIL


def test_a_list_of_modules_that_is_empty_is_not_readable(
    connected: Destination, sandbox: RunningSandbox
) -> None:
    """It said “Zoho has no module of this API name” of a module that leads arrived in."""
    make_site(name="Shop")
    order = {"mode": "answer", "status": 204, "body": "", "only": "modules"}
    sandbox.control("PUT", "faults", order)

    findings = found(connected)

    assert findings["Modules"].level is Level.WARN
    assert "ZohoCRM.settings.modules.READ" in findings["Modules"].text
    assert findings["Module Leads"].level is Level.OK
