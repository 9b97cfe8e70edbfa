"""The Connect page: who may, what it keeps, what it never shows, and the way over Zoho."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from leads.models import ApiCall, Destination, Lead
from leads.reasons import Reason
from notifications.models import Notice
from tests.factories import make_lead, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat
from tests.zoho.conftest import ACCESS, REFRESH, SECRET
from tests.zoho.wire import Wire, hang_up, reply, token
from zoho.models import Connection
from zoho.setup import consent
from zoho.setup.connect import Credentials

TOKEN_CALL = "POST /oauth/v2/token"
CANARIES = ("canary-code", "canary-new-secret", "canary-granted", "canary-new-access")
OURS = (SECRET, REFRESH, ACCESS)


@pytest.fixture
def boss(db: None) -> Client:
    return client_of(make_user("boss", is_superuser=True, email="boss@example.com"))


@pytest.fixture
def granting(wire: Wire) -> Wire:
    """A Zoho that takes the code."""
    more = {"refresh_token": "canary-granted", "scope": "ZohoCRM.modules.ALL"}
    wire.on(TOKEN_CALL, token("canary-new-access", wire.url, **more))
    return wire


def address(connection: Connection, name: str = "connect") -> str:
    return f"/admin/leads/destination/{connection.destination_id}/{name}/"


def form(wire: Wire, **values: str) -> dict[str, str]:
    return {
        "data_centre": "other",
        "address": wire.url,
        "client_id": "1000.NEW",
        "client_secret": "canary-new-secret",
        "way": "code",
        "code": "canary-code",
        **values,
    }


def pause(reason: Reason) -> None:
    Destination.objects.update(paused_at=timezone.now(), pause_reason=reason)


# --- Who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["connect", "check", "test-lead"])
def test_the_pages_need_a_permission_of_their_own(connection: Connection, name: str) -> None:
    manager = make_user("manager", ("leads.change_destination", "leads.view_destination"))
    page = address(connection, name)

    assert client_of(manager).post(page).status_code == 403
    assert Client().post(page).headers["Location"].startswith("/admin/login/")


def test_the_callback_needs_it_too(db: None) -> None:
    assert client_of(make_user("manager")).get("/admin/zoho/callback/").status_code == 403
    assert Client().get("/admin/zoho/callback/").headers["Location"].startswith("/admin/login/")


def test_the_permission_is_enough(connection: Connection) -> None:
    operator = client_of(make_user("operator", ("zoho.connect_zoho",)))

    assert operator.get(address(connection)).status_code == 200


@pytest.mark.parametrize("name", ["check", "test-lead"])
def test_what_acts_is_a_post(boss: Client, connection: Connection, name: str) -> None:
    assert boss.get(address(connection, name)).status_code == 405


def test_a_post_needs_the_pages_token(connection: Connection, wire: Wire) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("boss", is_superuser=True))

    assert strict.post(address(connection), form(wire)).status_code == 403


# --- A self client's code -------------------------------------------------------------------


def test_a_code_becomes_a_connection(boss: Client, connection: Connection, granting: Wire) -> None:
    answer = boss.post(address(connection), form(granting))

    assert answer.status_code == 302, answer.content.decode()
    connection.refresh_from_db()
    assert connection.client_id == "1000.NEW"
    assert connection.client_secret == "canary-new-secret"
    assert connection.refresh_token == "canary-granted"
    assert connection.access_token == "canary-new-access"
    assert connection.scope == "ZohoCRM.modules.ALL"
    (asked,) = granting.seen(TOKEN_CALL)
    sent = parse_qs(asked.body.decode())
    assert sent["grant_type"] == ["authorization_code"]
    assert sent["code"] == ["canary-code"]
    assert "redirect_uri" not in sent


def test_the_missing_scopes_are_said(boss: Client, connection: Connection, granting: Wire) -> None:
    page = boss.post(address(connection), form(granting), follow=True).content.decode()

    assert "did not grant: ZohoCRM.settings.fields.READ" in page


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "invalid_code"}, "expired"),
        ({"error": "invalid_client"}, "another data centre"),
        ({"error": "invalid_client_secret"}, "does not belong"),
        ({"error": "Access Denied"}, "Wait ten minutes"),
        ({"error": "new<script>"}, "new&lt;script&gt;"),
        (b"<html>", "without a token"),
        ({"access_token": "canary-new-access", "api_domain": "https://evil.example"}, "evil"),
    ],
)
def test_a_refusal_is_explained_and_changes_nothing(
    boss: Client, connection: Connection, wire: Wire, body: Any, words: str
) -> None:
    wire.on(TOKEN_CALL, reply(200, body))

    answer = boss.post(address(connection), form(wire))

    assert words in answer.content.decode()
    assert Connection.objects.values().get() == Connection.objects.values().get(pk=connection.pk)
    connection.refresh_from_db()
    assert (connection.client_id, connection.refresh_token) == ("1000.TEST", REFRESH)
    assert connection.access_token == ACCESS


def test_a_grant_without_a_refresh_token_is_explained(
    boss: Client, connection: Connection, wire: Wire
) -> None:
    wire.on(TOKEN_CALL, token("canary-new-access", wire.url))

    page = boss.post(address(connection), form(wire)).content.decode()

    assert "offline access" in page
    assert Connection.objects.get().refresh_token == REFRESH


def test_an_accounts_server_that_is_away_is_said(
    boss: Client, connection: Connection, wire: Wire
) -> None:
    wire.on(TOKEN_CALL, hang_up)

    page = boss.post(address(connection), form(wire)).content.decode()

    assert "The connection broke" in page


def test_enter_in_the_code_field_means_the_code(
    boss: Client, connection: Connection, granting: Wire
) -> None:
    boss.post(address(connection), form(granting, way="redirect"))

    assert Connection.objects.get().refresh_token == "canary-granted"


def test_a_refresh_token_that_one_has_is_tried_and_kept(
    boss: Client, connection: Connection, wire: Wire
) -> None:
    values = form(wire, way="refresh_token", code="", refresh_token="canary-code")

    boss.post(address(connection), values)

    connection.refresh_from_db()
    assert connection.refresh_token == "canary-code"
    assert connection.access_token == "canary-second-token"
    assert len(connection.refreshes.split()) == 1


def test_trying_refresh_tokens_ends_with_the_tenth(
    boss: Client, connection: Connection, wire: Wire
) -> None:
    wire.on(TOKEN_CALL, reply(200, {"error": "invalid_code"}))
    values = form(wire, way="refresh_token", code="", refresh_token="canary-code")

    for _ in range(12):
        boss.post(address(connection), values)

    assert len(wire.seen(TOKEN_CALL)) == 10


# --- Secrets ----------------------------------------------------------------------------------


def test_no_secret_is_seen_anywhere(boss: Client, connection: Connection, wire: Wire) -> None:
    wire.on(TOKEN_CALL, reply(200, {"error": "invalid_code"}))
    refused = boss.post(address(connection), form(wire)).content.decode()
    more = {"refresh_token": "canary-granted"}
    wire.on(TOKEN_CALL, token("canary-new-access", wire.url, **more))
    done = boss.post(address(connection), form(wire), follow=True).content.decode()
    page = boss.get(f"/admin/leads/destination/{connection.destination_id}/change/")
    calls = json.dumps(list(ApiCall.objects.values()), default=str)
    logged = json.dumps(list(LogEntry.objects.values()), default=str)

    for secret in (*CANARIES, *OURS):
        assert secret not in refused + done + page.content.decode() + calls + logged


def test_no_secret_is_written_to_the_log(
    boss: Client, connection: Connection, granting: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        boss.post(address(connection), form(granting))

    assert not [secret for secret in (*CANARIES, *OURS) if secret in caplog.text]


def test_what_is_entered_waits_locked_in_the_session(
    boss: Client, connection: Connection, wire: Wire
) -> None:
    boss.post(address(connection), form(wire, way="redirect", code=""))

    assert "canary" not in json.dumps(dict(boss.session))


def test_an_empty_secret_keeps_the_stored_one(
    boss: Client, connection: Connection, granting: Wire
) -> None:
    values = form(granting, client_id="1000.TEST", client_secret="")

    boss.post(address(connection), values)

    assert Connection.objects.get().client_secret == SECRET
    assert SECRET in granting.seen(TOKEN_CALL)[0].body.decode()


@pytest.mark.parametrize("change", [{"client_id": "1000.OTHER"}, {"address": "http://127.0.0.1:9"}])
def test_the_stored_secret_goes_to_no_other_client_or_address(
    boss: Client, connection: Connection, wire: Wire, change: dict[str, str]
) -> None:
    values = form(wire, client_id="1000.TEST", client_secret="") | change

    page = boss.post(address(connection), values).content.decode()

    assert "Enter the secret again" in page
    assert not wire.requests


def test_a_plain_address_of_another_machine_is_refused(
    boss: Client, connection: Connection, wire: Wire
) -> None:
    page = boss.post(address(connection), form(wire, address="http://10.0.0.1")).content.decode()

    assert "https only" in page


def test_who_connected_is_kept(boss: Client, connection: Connection, granting: Wire) -> None:
    boss.post(address(connection), form(granting))

    assert "Connected Zoho" in LogEntry.objects.get().change_message


# --- What waits goes --------------------------------------------------------------------------


def test_connecting_ends_the_pause_and_tells_it(
    boss: Client, connection: Connection, granting: Wire
) -> None:
    pause(Reason.TOKEN_REVOKED)
    about = {"destination": connection.destination, "recipient": "boss@example.com"}
    moments = dict.fromkeys(("created_at", "due_at", "sent_at"), timezone.now())
    Notice.objects.create(kind="paused", status="sent", **about, **moments)

    boss.post(address(connection), form(granting))

    assert Destination.objects.get().paused_at is None
    assert Notice.objects.filter(status="pending").get().kind == "resumed"


def test_the_next_step_is_named_once_zoho_is_connected(
    boss: Client, connection: Connection
) -> None:
    Destination.objects.update(last_success_at=None)

    page = flat(boss.get(address(connection)).content.decode())

    assert "Next, step 2 of 3:<b>Connect a site.</b>" in page


def test_who_comes_back_without_agreeing_goes_on(boss: Client, wire: Wire) -> None:
    destination = Destination.objects.create(name="New")
    page = f"/admin/leads/destination/{destination.pk}/connect/"
    boss.post(page, form(wire, way="redirect", code=""))

    refused = boss.get("/admin/zoho/callback/", {"error": "access_denied", "state": "x"})
    shown = boss.get(page).content.decode()

    assert refused["Location"] == page
    assert "You went to Zoho from here and have not agreed there yet" in flat(shown)
    assert 'value="1000.NEW"' in shown
    assert "canary-new-secret" not in shown


def test_making_a_client_is_said_before_the_click(boss: Client, connection: Connection) -> None:
    Connection.objects.all().delete()

    page = flat(boss.get(address(connection)).content.decode())

    first, click = page.index("First make a client in Zoho"), page.index("Connect with Zoho<")
    assert first < page.index("Authorized Redirect URI") < click


def test_a_persons_pause_stays(boss: Client, connection: Connection, granting: Wire) -> None:
    pause(Reason.PAUSED_BY_HAND)

    boss.post(address(connection), form(granting))

    assert Destination.objects.get().paused_at is not None


def test_what_was_learned_of_the_old_organisation_is_forgotten(
    boss: Client, connection: Connection, granting: Wire
) -> None:
    connection.modules.create(module="Leads", read_at=timezone.now())
    Connection.objects.update(
        refresh_fault={"verdict": "THROTTLED"}, refresh_again_at=timezone.now()
    )

    boss.post(address(connection), form(granting))

    assert not connection.modules.exists()
    assert Connection.objects.get().refresh_fault is None


# --- Over Zoho's consent page ---------------------------------------------------------------


def leave(boss: Client, connection: Connection, wire: Wire) -> dict[str, str]:
    """Press “Connect with Zoho”; what Zoho is asked."""
    answer = boss.post(address(connection), form(wire, way="redirect", code=""))
    target = urlsplit(answer.context["target"])
    assert f'content="0; url={wire.url}' in answer.content.decode()
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def come_back(boss: Client, **query: str) -> str:
    """What the page says to whom Zoho sent back."""
    return boss.get("/admin/zoho/callback/", query, follow=True).content.decode()


def test_the_way_over_zoho(boss: Client, connection: Connection, granting: Wire) -> None:
    asked = leave(boss, connection, granting)
    assert asked["redirect_uri"] == "http://testserver/admin/zoho/callback/"
    assert Connection.objects.get().client_id == "1000.TEST"

    page = come_back(
        boss,
        code="canary-code",
        state=asked["state"],
        location="us",
        **{"accounts-server": granting.url},
    )

    assert "Connected with Zoho" in page
    assert Connection.objects.get().refresh_token == "canary-granted"
    sent = parse_qs(granting.seen(TOKEN_CALL)[0].body.decode())
    assert sent["redirect_uri"] == [asked["redirect_uri"]]


def test_a_state_is_good_once(boss: Client, connection: Connection, granting: Wire) -> None:
    state = leave(boss, connection, granting)["state"]
    come_back(boss, code="canary-code", state=state)

    page = come_back(boss, code="canary-code", state=state)

    assert "No connection was begun here" in page
    assert len(granting.seen(TOKEN_CALL)) == 1


@pytest.mark.parametrize("state", ["", "other", "é"])
def test_another_state_is_refused(
    boss: Client, connection: Connection, granting: Wire, state: str
) -> None:
    leave(boss, connection, granting)

    page = come_back(boss, code="canary-code", state=state)

    assert "belongs to no connection" in page
    assert not granting.requests


def test_the_state_of_another_session_is_refused(
    boss: Client, connection: Connection, granting: Wire
) -> None:
    state = leave(boss, connection, granting)["state"]
    other = client_of(make_user("other", is_superuser=True))

    assert "No connection was begun" in come_back(other, code="canary-code", state=state)


def test_a_state_is_good_for_ten_minutes(
    boss: Client, connection: Connection, granting: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = leave(boss, connection, granting)["state"]
    monkeypatch.setattr(consent, "SECONDS", -1)

    assert "No connection was begun" in come_back(boss, code="canary-code", state=state)


def test_a_person_who_declines_reads_so(
    boss: Client, connection: Connection, granting: Wire
) -> None:
    state = leave(boss, connection, granting)["state"]

    page = come_back(boss, error="access_denied", state=state)

    assert "Access was declined at Zoho" in page
    assert Connection.objects.get().client_id == "1000.TEST"


def test_a_strangers_accounts_server_gets_no_secret(
    boss: Client, connection: Connection, granting: Wire
) -> None:
    state = leave(boss, connection, granting)["state"]
    stranger = {"accounts-server": "https://evil.example"}

    page = come_back(boss, code="canary-code", state=state, **stranger)

    assert "not Zoho&#x27;s" in page
    assert not granting.requests


@pytest.mark.parametrize(
    ("query", "server"),
    [
        ({"accounts-server": "https://accounts.zoho.in"}, "https://accounts.zoho.in"),
        ({"location": "au"}, "https://accounts.zoho.com.au"),
        ({"location": "mars"}, "https://accounts.zoho.com"),
        ({}, "https://accounts.zoho.com"),
    ],
)
def test_the_code_goes_to_where_the_account_lives(query: dict[str, str], server: str) -> None:
    session: dict[str, str] = {}
    ours = Credentials("https://accounts.zoho.com", "id", "secret")
    target = consent.begin(session, 1, ours, "https://l/cb/")  # type: ignore[arg-type]  # a dict is session enough
    state = parse_qs(urlsplit(target).query)["state"][0]

    answer = consent.finish(session, {"code": "c", "state": state} | query)  # type: ignore[arg-type]  # a dict is session enough

    assert answer.ours.accounts_url == server


# --- A test lead ------------------------------------------------------------------------------


def test_a_test_lead_is_on_its_way_and_shown(boss: Client, connection: Connection) -> None:
    site = make_site(name="Shop")

    page = boss.post(address(connection, "test-lead"), {"site": site.pk}, follow=True)

    lead = Lead.objects.get()
    assert (lead.is_test, lead.status, lead.site) == (True, "queued", site)
    assert page.redirect_chain[-1][0] == f"/admin/leads/lead/{lead.pk}/change/"


def test_a_second_test_lead_is_no_duplicate(boss: Client, connection: Connection) -> None:
    site = make_site(duplicate_rule="refuse")

    for _ in range(2):
        boss.post(address(connection, "test-lead"), {"site": site.pk})

    assert [lead.status for lead in Lead.objects.all()] == ["queued", "queued"]


@pytest.mark.parametrize("site", ["", "999", "x", "²"])
def test_a_test_lead_needs_a_site_of_the_destination(
    boss: Client, connection: Connection, site: str
) -> None:
    assert boss.post(address(connection, "test-lead"), {"site": site}).status_code == 404
    assert not Lead.objects.exists()


def test_a_page_without_the_right_key_still_opens(
    boss: Client, connection: Connection, settings: Any
) -> None:
    make_lead()
    settings.FIELD_KEYS = ["b3RoZXItb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OTA="]

    page = boss.get(address(connection)).content.decode()
    change = boss.get(f"/admin/leads/destination/{connection.destination_id}/change/")

    assert "cannot be opened" in flat(page)
    assert "cannot be opened" in flat(change.content.decode())
