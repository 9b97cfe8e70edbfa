"""The words of the accounts server, and which scopes cover which."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone, translation

from leads.clock import Deadline
from leads.models import ApiCall
from leads.shown.sentences import shown
from tests.zoho.sandbox.running import ROOT
from zoho.api import client
from zoho.api.oauth import (
    ERRORS,
    SCOPES,
    Refused,
    ask,
    consent_url,
    explain,
    missing,
    needed,
)

EXAMPLES = ROOT / "tests" / "zoho" / "examples"


def test_all_scopes_cover_what_is_asked_for() -> None:
    assert missing(" ".join(SCOPES)) == []


def test_the_wide_scopes_of_old_connections_cover_everything() -> None:
    granted = (
        "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.users.ALL ZohoCRM.org.ALL "
        "ZohoCRM.coql.READ ZohoSearch.securesearch.READ"
    )
    assert missing(granted) == []


@pytest.mark.parametrize(
    ("granted", "wanted"),
    [
        ("ZohoCRM.modules.READ", "ZohoCRM.modules.ALL"),
        ("ZohoCRM.settings.fields.READ", "ZohoCRM.settings.modules.READ"),
        ("ZohoCRM.settings.fields.READ", "ZohoCRM.settings.READ"),
        ("ZohoBooks.settings.ALL", "ZohoCRM.settings.fields.READ"),
        ("ALL", "ZohoCRM.org.READ"),
        ("", "ZohoCRM.org.READ"),
    ],
)
def test_a_narrow_scope_covers_no_wider_one(granted: str, wanted: str) -> None:
    assert missing(granted, [wanted]) == [wanted]


@pytest.mark.parametrize("granted", ["a.b.ALL,c.d.READ", "A.B.ALL C.D.READ"])
def test_scopes_come_with_blanks_or_commas_in_any_case(granted: str) -> None:
    assert missing(granted, ["a.b.x.READ", "c.d.READ"]) == []


REFUSALS = {
    "invalid_client": ({"error": "invalid_client"}, "does not know this client id"),
    "not known to us": ({"error": "brand_new"}, "gave error “brand_new”"),
    "no token": ({}, "an answer without a token"),
    "a strange address": (
        {"access_token": "x", "api_domain": "https://evil.example"},
        "sends the token to evil.example",
    ),
}


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_is_shown_in_the_readers_language_and_stored_in_english(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, english = REFUSALS[said]
    answer = client.ZohoAnswer(200, json.dumps(content).encode(), {})
    monkeypatch.setattr(client, "send", lambda *_, **__: answer)
    call = ApiCall(started_at=timezone.now())

    with translation.override("de"):
        with pytest.raises(Refused) as refused:
            ask(call, Deadline(1), "https://accounts.zoho.eu", {})
        said = shown(refused.value.text)

    assert english in refused.value.text
    assert english not in said
    assert call.error in (f"error: {refused.value.error}", refused.value.text)


def test_the_consent_page_is_asked_for_a_lasting_token() -> None:
    url = urlsplit(consent_url("https://accounts.zoho.eu/", "1000.X", "https://l/cb/", "st&te"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}

    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://accounts.zoho.eu/oauth/v2/auth"
    assert query["access_type"] == "offline"
    assert query["prompt"] == "consent"
    assert (query["state"], query["redirect_uri"]) == ("st&te", "https://l/cb/")
    assert query["scope"].split(",") == list(SCOPES)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("oauth_*.json")), ids=lambda one: one.stem)
def test_every_error_of_the_examples_is_explained(file: Path) -> None:
    error = json.loads(file.read_text())["response"].get("error")

    assert error is None or error in ERRORS


def test_an_unknown_error_keeps_zohos_word() -> None:
    assert "something_new" in explain("something_new", 200)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/crm/v8/Leads", "ZohoCRM.modules.Leads.CREATE"),
        ("PUT", "/crm/v8/Leads/61", "ZohoCRM.modules.Leads.UPDATE"),
        ("GET", "/crm/v8/Leads/61", "ZohoCRM.modules.Leads.READ"),
        ("POST", "/crm/v8/Deals/upsert", "ZohoCRM.modules.Deals.ALL"),
        ("POST", "/crm/v8/coql", "ZohoCRM.coql.READ"),
        ("GET", "/crm/v8/settings/fields", "ZohoCRM.settings.fields.READ"),
        (
            "GET",
            "/crm/v8/settings/automation/assignment_rules",
            "ZohoCRM.settings.assignment_rules.READ",
        ),
        ("GET", "/crm/v8/users", "ZohoCRM.users.READ"),
        ("GET", "/crm/v8/org", "ZohoCRM.org.READ"),
    ],
)
def test_a_call_needs_one_scope(method: str, path: str, scope: str) -> None:
    assert needed(method, path) == scope


def test_the_limit_of_refresh_tokens_is_named_first() -> None:
    assert "20 refresh tokens" in explain("invalid_code").split(".")[0]
