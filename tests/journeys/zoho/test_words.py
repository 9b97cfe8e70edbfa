"""What Zoho refuses, in words that say what to do about it, where people look."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.journeys.kit.system import System, eventually
from tests.journeys.test_failures import TABLE, number_of
from tests.responses import flat

API_ACCESS = {
    "mode": "account",
    "code": "NO_PERMISSION",
    "details": {"permissions": ["Crm_Implied_Api_Access"]},
}


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (None, "token_revoked", "Zoho keeps 20 refresh tokens for each user and client"),
        (API_ACCESS, "api_access_off", "switch Zoho CRM API Access on"),
        ({"mode": "scope_mismatch"}, "scope_missing", "ZohoCRM.modules.Leads.CREATE"),
        (
            {"mode": "answer", "only": "token", "status": 400, "body": {"error": "org_blocked"}},
            "account_refused",
            "org_blocked",
        ),
    ],
)
def test_a_pause_says_what_to_do_and_no_lead_fails(
    system: System, fault: dict[str, Any] | None, reason: str, words: str
) -> None:
    if fault is None:
        requests.post(f"{system.zoho}/sandbox/revoke", json={"what": "refresh"}, timeout=10)
    else:
        system.fault(**fault)
    lead = system.post(contact_name="Ada").json()["id"]

    paused = "SELECT pause_reason FROM leads_destination WHERE paused_at IS NOT NULL"
    eventually(lambda: system.sql(paused) == [(reason,)])

    assert system.receipt(lead)["status"] == "queued"
    page = system.staff().get(f"/admin/leads/lead/{number_of(system, lead)}/change/")
    assert words in flat(page)


def test_a_pattern_that_does_not_match_asks_for_a_correction_first(system: System) -> None:
    details = {"api_name": "Email", "json_path": "$.data[0].Email"}
    system.fault(mode="record_error", code="PATTERN_NOT_MATCHED", details=details)
    lead = system.post(contact_name="Ada", email="ada@example.com").json()["id"]

    receipt = system.becomes(lead, "failed")

    assert receipt["reason"]["code"] == "wrong_pattern"
    page = flat(system.staff().get(f"{TABLE}{number_of(system, lead)}/change/"))
    assert "Correct the value with Edit and retry" in page
    assert page.index("Edit and retry") < page.index("Retry now")


def test_modules_that_may_not_be_read_are_not_said_to_be_missing(system: System) -> None:
    system.fault(mode="answer", only="modules", status=204)

    said = system.manage("zoho_check")

    assert "scope ZohoCRM.settings.modules.READ" in said
    assert "no module of this API name" not in said
