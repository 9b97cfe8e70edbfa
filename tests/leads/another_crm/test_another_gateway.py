"""LeadOps delivers into whatever CRM settings name: the recipe *add another CRM*, walked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest


@pytest.fixture(scope="module")
def walked() -> dict[str, Any]:
    """What became of two leads in a process that has another CRM and no Zoho."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.leads.another_crm.walk"],
        env=os.environ | {"SECRET_KEY": "walk"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return {"printed": done.stdout.splitlines()[:-1], **json.loads(done.stdout.splitlines()[-1])}


def test_a_lead_that_the_crm_takes_is_delivered_once(walked: dict[str, Any]) -> None:
    (printed,) = map(json.loads, walked["printed"])

    assert walked["leads"][0] == ["delivered", "C1", "", ""]
    assert printed["email"] == "ana@example.com"


def test_a_lead_that_the_crm_refuses_is_failed_with_reason_and_field(
    walked: dict[str, Any],
) -> None:
    assert walked["leads"][1] == ["failed", "", "mandatory_missing", "email"]


def test_the_pages_show_the_leads_of_another_crm(walked: dict[str, Any]) -> None:
    assert set(walked["pages"]) == {200}


def test_nothing_of_zoho_was_needed(walked: dict[str, Any]) -> None:
    assert walked["zoho"] == []
