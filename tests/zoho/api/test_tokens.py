"""The access token that all workers share, and its one refresher."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.clock import Deadline
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall, Destination
from leads.reasons import Reason
from tests.fakes import FakeClock
from tests.zoho.conftest import ACCESS, REFRESH, SECRET
from tests.zoho.wire import Wire, hang_up, reply, silence, token
from zoho.api.tokens import CallFailed, Token, get_token
from zoho.models import Connection

TOKEN_CALL = "POST /oauth/v2/token"


def expire(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(access_expires_at=timezone.now())


def get(connection: Connection, seconds: float = 5, refused: str = "") -> Token:
    return get_token(connection.pk, Deadline(seconds), refused)


def failure(connection: Connection, **how: Any) -> Outcome:
    with pytest.raises(CallFailed) as caught:
        get(connection, **how)
    return caught.value.outcome


def test_a_good_token_is_used_as_it_is(connection: Connection, wire: Wire) -> None:
    assert get(connection).value == ACCESS
    assert not wire.requests


@pytest.mark.parametrize("left", [timedelta(minutes=-1), timedelta(minutes=1)])
def test_an_old_token_is_refreshed_and_published(
    connection: Connection, wire: Wire, left: timedelta
) -> None:
    Connection.objects.update(access_expires_at=timezone.now() + left)

    fresh = get(connection)

    connection.refresh_from_db()
    assert fresh.value == connection.access_token == "canary-second-token"
    assert fresh.stamp == connection.access_stamp != "first"
    assert connection.refreshing_until is None
    assert connection.access_expires_at is not None
    life = connection.access_expires_at - timezone.now()
    assert timedelta(minutes=59) < life <= timedelta(hours=1)


def test_the_credentials_travel_in_the_body(connection: Connection, wire: Wire) -> None:
    expire(connection)

    get(connection)

    (request,) = wire.requests
    assert request.path == "/oauth/v2/token"
    assert f"refresh_token={REFRESH}" in request.body.decode()
    assert f"client_secret={SECRET}" in request.body.decode()


def test_a_refresh_is_a_call_that_keeps_no_secret(connection: Connection) -> None:
    expire(connection)

    get(connection)

    call = ApiCall.objects.get()
    assert (call.kind, call.status, call.leads) == ("token", 200, 0)
    assert call.ended_at is not None
    assert "canary" not in str(vars(call))


def test_a_refused_token_is_replaced_though_it_is_not_old(connection: Connection) -> None:
    assert get(connection, refused="first").value == "canary-second-token"


def test_a_token_that_another_worker_replaced_meanwhile_is_taken(
    connection: Connection, wire: Wire
) -> None:
    assert get(connection, refused="older").value == ACCESS
    assert not wire.requests


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_ask_for_one_token(
    connection: Connection, wire: Wire, at_once: Any
) -> None:
    expire(connection)

    tokens = at_once(*[lambda: get(connection, seconds=20)] * 16)

    assert {getattr(one, "value", one) for one in tokens} == {"canary-second-token"}
    assert len(wire.seen(TOKEN_CALL)) == 1
    assert ApiCall.objects.count() == 1


def test_a_refresher_that_died_is_followed_by_another_when_its_lease_ends(
    connection: Connection, wire: Wire
) -> None:
    expire(connection)
    Connection.objects.update(refreshing_until=timezone.now() + timedelta(seconds=0.3))

    assert get(connection).value == "canary-second-token"


def test_who_cannot_wait_for_the_refresher_sends_nothing(
    connection: Connection, wire: Wire
) -> None:
    expire(connection)
    Connection.objects.update(refreshing_until=timezone.now() + timedelta(minutes=1))
    clock = FakeClock()

    with pytest.raises(CallFailed) as caught:
        get_token(connection.pk, Deadline(5, clock))

    assert caught.value.outcome.verdict is Verdict.NOT_SENT
    assert 3 <= sum(clock.slept) <= 5
    assert not wire.requests


def test_a_token_of_a_connection_that_changed_meanwhile_is_not_published(
    connection: Connection, wire: Wire
) -> None:
    expire(connection)

    def change(handler: Any) -> None:
        body = json.dumps({"access_token": "stray", "api_domain": wire.url}).encode()
        handler.answer(200, body, {})

    wire.on(TOKEN_CALL, change, token("canary-second-token", wire.url))
    real = Connection.objects.end_refresh
    seen: list[Any] = []

    def beaten(*of: Any, **values: Any) -> bool:
        if not seen:
            seen.append(of)
            Connection.objects.update(access_stamp="changed", refreshing_until=None)
        return real(*of, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            type(Connection.objects), "end_refresh", lambda _self, *a, **k: beaten(*a, **k)
        )
        assert get(connection).value == "canary-second-token"


# --- What can go wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize("error", ["invalid_code", "invalid_client", "invalid_client_secret"])
def test_revoked_credentials_are_a_fault_of_the_destination_whatever_the_status(
    connection: Connection, wire: Wire, status: int, error: str
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(status, {"error": error}))

    outcome = failure(connection)

    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.TOKEN_REVOKED)
    assert error in outcome.text


@pytest.mark.parametrize("status", [200, 400])
def test_a_throttled_accounts_server_is_left_alone_for_ten_minutes(
    connection: Connection, wire: Wire, status: int
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(status, {"error": "Access Denied", "status": "failure"}))

    outcome = failure(connection)

    assert (outcome.verdict, outcome.wait) == (Verdict.THROTTLED, 600)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        {"error": "something_new"},
        {"error": {"code": 1}},
        {"error": ["x"]},
        {"access_token": "", "api_domain": "http://x"},
        {"access_token": 5, "api_domain": 6},
    ],
)
def test_an_answer_without_a_token_sent_no_lead(
    connection: Connection, wire: Wire, body: Any
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(200, body))

    outcome = failure(connection)

    assert (outcome.verdict, outcome.reason) == (Verdict.NOT_SENT, Reason.NOT_REACHED)
    assert ApiCall.objects.get().error
    assert Connection.objects.get().access_token == ACCESS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
@pytest.mark.parametrize("error", ["something_new", "inactive_user", "invalid_grant"])
def test_an_error_that_nobody_knows_is_the_set_up_where_the_status_says_so(
    connection: Connection, wire: Wire, status: int, error: str
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(status, {"error": error}))

    outcome = failure(connection)

    assert outcome.verdict is Verdict.DESTINATION_FAULT
    assert error in outcome.text


@pytest.mark.parametrize(("status", "error"), [(400, ""), (404, ""), (408, "x"), (503, "x")])
def test_what_is_no_word_of_the_accounts_server_passes_by_itself(
    connection: Connection, wire: Wire, status: int, error: str
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(status, {"error": error} if error else b"<html>"))

    assert failure(connection).verdict is Verdict.NOT_SENT


@pytest.mark.parametrize("named", [None, "", 6, ["http://x"]])
def test_a_token_without_an_address_is_used_at_the_known_one(
    connection: Connection, wire: Wire, named: Any
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(200, {"access_token": "canary-second", "api_domain": named}))

    got = get(connection)

    assert (got.value, got.api_domain) == ("canary-second", wire.url)
    assert Connection.objects.get().api_domain == wire.url


def test_a_known_address_that_is_not_zohos_gets_no_token(
    connection: Connection, wire: Wire
) -> None:
    expire(connection)
    Connection.objects.update(api_domain="https://evil.example")
    wire.on(TOKEN_CALL, reply(200, {"access_token": "canary-second"}))

    assert failure(connection).reason == Reason.WRONG_ADDRESS


@pytest.mark.parametrize("play", [hang_up, reply(500, b""), silence(2)])
def test_an_accounts_server_that_is_away_sent_no_lead_and_frees_the_lease(
    connection: Connection, wire: Wire, play: Any
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, play)

    outcome = failure(connection, seconds=0.5)

    assert outcome.verdict is Verdict.NOT_SENT
    assert Connection.objects.get().refreshing_until is None
    assert ApiCall.objects.get().ended_at is not None
    assert "canary" not in f"{outcome}{vars(ApiCall.objects.get())}"


@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token"])
def test_without_credentials_there_is_no_connection(
    connection: Connection, wire: Wire, name: str
) -> None:
    Connection.objects.filter(pk=connection.pk).update(**{name: ""})

    outcome = failure(connection)

    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.NOT_CONNECTED)
    assert not wire.requests


# --- How long a token lives ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ({"expires_in": 1800}, 1800),
        ({"expires_in": 3_600_000, "expires_in_sec": 3600}, 3600),
        ({"expires_in": 3_600_000}, 3600),
        ({"expires_in": 10**400}, 3600),
        ({"expires_in": "soon"}, 3600),
        ({"expires_in": None}, 3600),
        ({"expires_in": -5}, 3600),
        ({"expires_in": True}, 3600),
    ],
)
def test_a_token_lives_as_long_as_zoho_says_and_an_hour_at_most(
    connection: Connection, wire: Wire, answer: dict[str, Any], seconds: int
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, token("canary-second-token", wire.url, **answer))

    get(connection)

    connection.refresh_from_db()
    assert connection.access_expires_at is not None
    life = connection.access_expires_at - timezone.now()
    assert life.total_seconds() == pytest.approx(seconds, abs=5)


def test_a_token_that_lives_shortly_is_used_and_not_asked_for_again_and_again(
    connection: Connection, wire: Wire
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, token("canary-short", wire.url, expires_in=30))

    assert get(connection).value == "canary-short"
    assert len(wire.requests) == 1


def test_a_trailing_slash_of_the_api_address_is_dropped(connection: Connection, wire: Wire) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, token("canary-second-token", f"{wire.url}/"))

    assert get(connection).api_domain == wire.url


def test_the_token_of_another_destination_is_its_own(connection: Connection) -> None:
    other = Connection.objects.create(destination=Destination.objects.create(name="Second"))

    assert failure(other).reason == Reason.NOT_CONNECTED


# --- Ten refreshes in ten minutes ----------------------------------------------------------------


def use_up(connection: Connection, *ages: float) -> None:
    now = timezone.now().timestamp()
    Connection.objects.update(refreshes=" ".join(f"{now - age:.1f}" for age in ages))


def test_ten_tokens_in_ten_minutes_and_no_more(connection: Connection, wire: Wire) -> None:
    stamps = ["first"]
    for _ in range(10):
        stamps.append(get(connection, refused=stamps[-1]).stamp)

    outcome = failure(connection, refused=stamps[-1])

    assert (outcome.verdict, outcome.reason) == (Verdict.THROTTLED, Reason.THROTTLED)
    assert outcome.wait == pytest.approx(600, abs=30)
    assert len(wire.seen(TOKEN_CALL)) == 10


def test_the_wait_ends_when_the_oldest_leaves_the_window(connection: Connection) -> None:
    expire(connection)
    use_up(connection, 590, *[10] * 9)

    assert failure(connection).wait == pytest.approx(10, abs=2)


def test_what_is_older_than_the_window_no_longer_counts(connection: Connection) -> None:
    expire(connection)
    use_up(connection, 601, *[10] * 9)

    assert get(connection).value == "canary-second-token"
    assert len(Connection.objects.get().refreshes.split()) == 10


def test_who_waits_for_the_tenth_token_gets_it(connection: Connection) -> None:
    expire(connection)
    use_up(connection, *[10] * 10)
    Connection.objects.update(refreshing_until=timezone.now() + timedelta(seconds=30))
    clock = FakeClock()

    def publish() -> None:
        later = timezone.now() + timedelta(hours=1)
        Connection.objects.update(access_stamp="tenth", access_expires_at=later)

    clock.on_sleep = publish

    assert get_token(connection.pk, Deadline(5, clock)).stamp == "tenth"


def test_a_clock_that_was_set_back_stops_nothing_for_long(connection: Connection) -> None:
    expire(connection)
    use_up(connection, *[-86400] * 10)

    assert failure(connection).wait == pytest.approx(600, abs=2)


def test_a_fault_of_a_day_ahead_stands_no_longer(connection: Connection) -> None:
    expire(connection)
    tomorrow = timezone.now() + timedelta(days=1)
    Connection.objects.update(refresh_fault={"verdict": "THROTTLED"}, refresh_again_at=tomorrow)

    assert get(connection).value == "canary-second-token"


def test_a_failed_refresh_counts_too(connection: Connection, wire: Wire) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(500, b""))

    failure(connection)

    assert len(Connection.objects.get().refreshes.split()) == 1


def test_the_list_fits_its_column(connection: Connection) -> None:
    use_up(connection, *range(10))
    column = Connection._meta.get_field("refreshes")

    assert len(Connection.objects.get().refreshes) < (column.max_length or 0)


# --- A failed refresh stands for all -------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_share_one_failure(
    connection: Connection, wire: Wire, at_once: Any
) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(200, {"error": "invalid_code"}))

    failures = at_once(*[lambda: get(connection, seconds=20)] * 16)

    assert {one.outcome.reason for one in failures} == {Reason.TOKEN_REVOKED}
    assert len(wire.seen(TOKEN_CALL)) == 1


def test_after_the_cool_down_it_is_tried_again(connection: Connection, wire: Wire) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(500, b""), token("canary-second-token", wire.url))
    failure(connection)
    Connection.objects.update(refresh_again_at=timezone.now())

    assert get(connection).value == "canary-second-token"
    assert Connection.objects.get().refresh_fault is None


def test_nobody_asks_while_zoho_throttles(connection: Connection, wire: Wire) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, reply(200, {"error": "Access Denied"}))
    failure(connection)

    outcome = failure(connection)

    assert (outcome.verdict, len(wire.requests)) == (Verdict.THROTTLED, 1)
    assert outcome.wait == pytest.approx(600, abs=5)


# --- A token must not travel to a stranger -------------------------------------------------------


def test_a_token_for_a_strangers_address_is_thrown_away(connection: Connection, wire: Wire) -> None:
    expire(connection)
    wire.on(TOKEN_CALL, token("canary-second-token", "https://evil.example"))

    outcome = failure(connection)

    assert (outcome.verdict, outcome.reason) == (Verdict.DESTINATION_FAULT, Reason.WRONG_ADDRESS)
    assert "evil.example" in outcome.text
    assert Connection.objects.get().access_token == ACCESS


def test_the_scope_of_the_answer_is_kept(connection: Connection, wire: Wire) -> None:
    expire(connection)
    scope = "ZohoCRM.modules.ALL ZohoCRM.org.READ"
    wire.on(TOKEN_CALL, token("canary-second-token", wire.url, scope=scope))

    get(connection)

    assert Connection.objects.get().scope == scope
