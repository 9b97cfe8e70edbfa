"""Tokens: refresh, exchange, limits, revocation."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.zoho.sandbox.running import GOOD_REFRESH, RunningSandbox

WRONG = [
    ({"client_id": "1000.OTHER"}, "invalid_client"),
    ({"client_secret": "wrong"}, "invalid_client_secret"),
    ({"refresh_token": "wrong"}, "invalid_code"),
    ({"grant_type": "authorization_code", "code": "wrong"}, "invalid_code"),
]


@pytest.mark.parametrize(("changes", "error"), WRONG)
def test_wrong_credentials_are_an_error_with_status_200(
    sandbox: RunningSandbox, changes: dict[str, str], error: str
) -> None:
    reply = sandbox.token_call(**changes)

    assert (reply.status, reply.json) == (200, {"error": error})


def test_the_query_string_serves_as_well_as_the_body(sandbox: RunningSandbox) -> None:
    reply = sandbox.call("POST", f"/oauth/v2/token?{urlencode(GOOD_REFRESH)}")

    assert "access_token" in reply.json


def test_the_answer_names_the_host_that_was_asked(sandbox: RunningSandbox) -> None:
    host = {"Host": "zoho.test:9000"}
    reply = sandbox.call("POST", "/oauth/v2/token", urlencode(GOOD_REFRESH), host)

    assert reply.json["api_domain"] == "http://zoho.test:9000"


def test_the_eleventh_token_in_ten_minutes_is_denied(sandbox: RunningSandbox) -> None:
    replies = [sandbox.token_call() for _ in range(11)]

    assert all("access_token" in reply.json for reply in replies[:10])
    assert replies[10].status == 200
    assert replies[10].json["error"] == "Access Denied"


def test_the_throttle_can_be_switched_off(sandbox: RunningSandbox) -> None:
    sandbox.switch(throttle_tokens=0)

    assert all("access_token" in sandbox.token_call().json for _ in range(12))


def test_a_sixteenth_living_token_ends_the_first(sandbox: RunningSandbox) -> None:
    sandbox.switch(throttle_tokens=0)
    tokens = [sandbox.token_call().json["access_token"] for _ in range(16)]

    statuses = [
        sandbox.call("GET", "/crm/v8/org", headers={"Authorization": f"Zoho-oauthtoken {t}"}).status
        for t in (tokens[0], tokens[1], tokens[15])
    ]

    assert statuses == [401, 200, 200]


def test_an_access_token_expires(sandbox: RunningSandbox) -> None:
    sandbox.switch(token_life=0)

    assert sandbox.crm("GET", "org").json["code"] == "INVALID_TOKEN"


def test_a_bearer_header_is_not_understood(sandbox: RunningSandbox) -> None:
    token = sandbox.token_call().json["access_token"]

    reply = sandbox.call("GET", "/crm/v8/org", headers={"Authorization": f"Bearer {token}"})

    assert (reply.status, reply.json["code"]) == (401, "AUTHENTICATION_FAILURE")


def test_a_grant_code_serves_once(sandbox: RunningSandbox) -> None:
    code = sandbox.control("POST", "grants").json["code"]

    first = sandbox.token_call(grant_type="authorization_code", code=code).json
    second = sandbox.token_call(grant_type="authorization_code", code=code).json

    assert second == {"error": "invalid_code"}
    assert "access_token" in sandbox.token_call(refresh_token=first["refresh_token"]).json


def test_a_grant_code_is_bound_to_its_redirect(sandbox: RunningSandbox) -> None:
    order = {"redirect_uri": "https://leads.example.org/back"}
    code = sandbox.control("POST", "grants", order).json["code"]

    reply = sandbox.token_call(grant_type="authorization_code", code=code)

    assert reply.json == {"error": "invalid_redirect_uri"}


def test_consent_leads_back_with_a_code_and_the_state(sandbox: RunningSandbox) -> None:
    back = "https://leads.example.org/back"
    query = {"client_id": "1000.SANDBOX", "redirect_uri": back, "state": "s&1", "scope": ""}

    reply = sandbox.call("GET", f"/oauth/v2/auth?{urlencode(query)}")

    target = urlsplit(reply.headers["Location"])
    came = parse_qs(target.query)
    assert (reply.status, target.hostname, came["state"]) == (302, "leads.example.org", ["s&1"])
    form = {"grant_type": "authorization_code", "code": came["code"][0], "redirect_uri": back}
    assert "refresh_token" in sandbox.token_call(**form).json


def test_a_token_call_revokes_a_refresh_token_and_its_access_tokens(
    sandbox: RunningSandbox,
) -> None:
    assert sandbox.crm("GET", "org").status == 200

    form = urlencode({"token": GOOD_REFRESH["refresh_token"]})
    reply = sandbox.call("POST", "/oauth/v2/token/revoke", form)

    assert reply.json == {"status": "success"}
    assert sandbox.token_call().json == {"error": "invalid_code"}
    assert sandbox.crm("GET", "org").json["code"] == "INVALID_TOKEN"


def test_a_test_can_revoke_and_restore_the_refresh_token(sandbox: RunningSandbox) -> None:
    sandbox.control("POST", "revoke")
    assert sandbox.token_call().json == {"error": "invalid_code"}

    sandbox.control("DELETE", "revoke")
    assert "access_token" in sandbox.token_call().json


def test_ending_access_tokens_leaves_the_refresh_token(sandbox: RunningSandbox) -> None:
    assert sandbox.auth
    sandbox.control("POST", "revoke", {"what": "access"})

    assert sandbox.crm("GET", "org").status == 401
    assert "access_token" in sandbox.token_call().json


SCOPES = [
    ("ZohoCRM.modules.leads.CREATE", 201),
    ("ZohoCRM.modules.Leads.ALL", 201),
    ("ZohoCRM.modules.ALL,ZohoCRM.org.READ", 201),
    ("ZohoCRM.modules.leads.WRITE", 201),
    ("ZohoCRM.modules.leads.READ", 401),
    ("ZohoCRM.modules.contacts.ALL", 401),
]


@pytest.mark.parametrize(("scope", "status"), SCOPES)
def test_a_scope_allows_what_it_says(sandbox: RunningSandbox, scope: str, status: int) -> None:
    code = sandbox.control("POST", "grants", {"scope": scope}).json["code"]
    token = sandbox.token_call(grant_type="authorization_code", code=code).json["access_token"]

    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    reply = sandbox.call("POST", "/crm/v8/Leads", {"data": [{"Last_Name": "B"}]}, headers)

    assert reply.status == status
