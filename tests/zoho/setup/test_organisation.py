"""Two organisations of one data centre: told apart by their ids, and connecting waits for none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.clock import Deadline
from leads.models import ApiCall, Incomplete
from tests.factories import make_lead
from tests.zoho.conftest import ACCESS, REFRESH, SECRET
from tests.zoho.sandbox.running import RunningSandbox
from tests.zoho.wire import INVALID_TOKEN, Play, Wire, hang_up, reply, token
from zoho.models import Connection, ReadBack, Repair, RepairItem
from zoho.setup import organisation
from zoho.setup.check import check
from zoho.setup.connect import Credentials, connect_with_refresh_token

ORG = "GET /crm/v8/org"
ONE, OTHER = "800001", "900002"


def of(number: Any) -> Play:
    """Zoho's answer for an organisation."""
    return reply(200, {"org": [{"company_name": "Nordlicht GmbH", "zgid": number}]})


@pytest.fixture
def marked(connection: Connection) -> ReadBack:
    """A lead of the organisation so far, incomplete there, with a repair that waits."""
    Connection.objects.update(connected_at=timezone.now())
    now, lead = timezone.now(), make_lead(status="delivered")
    row = ReadBack.objects.create(
        lead=lead,
        module="Leads",
        state="incomplete",
        destination=connection.destination,
        due_at=now,
        created_at=now,
        sent={"City": "x"},
    )
    Incomplete.objects.create(lead=lead, missing="City", found_at=now)
    repair = Repair.objects.create(destination=connection.destination, created_at=now)
    RepairItem.objects.create(repair=repair, read_back=row)
    return row


def reconnect(connection: Connection) -> Connection:
    """Credentials of the same data centre; the connection as it is then."""
    ours = Credentials(connection.accounts_url, "1000.NEW", SECRET)
    connect_with_refresh_token(connection.destination, ours, Deadline(20), REFRESH)
    connection.refresh_from_db()
    assert connection.client_id == "1000.NEW", "connected in any case"
    return connection


def has_ended() -> bool:
    """Whether nothing of the organisation before is read, repaired or said to be missing."""
    [item] = RepairItem.objects.all()
    ended = item.state == RepairItem.State.STOPPED
    assert ended == (Repair.objects.get().ended_at is not None)
    assert ended == (not Incomplete.objects.exists())
    assert ended == (ReadBack.objects.get().sent is None)
    return ended


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(
    ("kept", "answers", "ends", "then"),
    [
        (ONE, [of(OTHER)], True, OTHER),
        (ONE, [of(int(OTHER))], True, OTHER),
        (ONE, [of(ONE)], False, ONE),
        ("", [of(OTHER), of(ONE)], True, OTHER),  # the second one is of the token before
        ("", [of(ONE), of(ONE)], False, ONE),
        ("", [of(OTHER), INVALID_TOKEN], False, OTHER),
        ("", [of(OTHER), hang_up], False, OTHER),
    ],
)
def test_proof_ends_with_its_organisation_within_one_data_centre(
    wire: Wire, connection: Connection, kept: str, answers: list[Play], ends: bool, then: str
) -> None:
    Connection.objects.update(organisation=kept, currency="EUR", sales_lead=7)
    wire.on(ORG, *answers)

    assert reconnect(connection).organisation == then

    assert has_ended() == ends
    assert (connection.currency, connection.sales_lead) == (("", 0) if ends else ("EUR", 7))
    asked_with = [one.headers["Authorization"].split()[1] for one in wire.seen(ORG)]
    assert asked_with == ["canary-second-token", *([] if kept else [ACCESS])]
    calls = ApiCall.objects.filter(kind=ApiCall.Kind.METADATA)
    assert calls.count() == len(asked_with)
    assert all(call.ended_at for call in calls)


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(
    "play",
    [
        INVALID_TOKEN,
        reply(401, {"code": "OAUTH_SCOPE_MISMATCH"}),
        reply(403, {"code": "NO_PERMISSION"}),
        reply(429, b""),
        reply(500, {"org": [{"zgid": OTHER}]}),
        reply(204),
        reply(200, b"<html>"),
        reply(200, [OTHER]),
        reply(200, {"org": []}),
        reply(200, {"org": [OTHER]}),
        of(None),
        of(True),
        of(""),
        of("9" * 41),
        of("<script>"),
        hang_up,
    ],
)
def test_no_answer_stops_connecting_and_none_ends_proof(
    wire: Wire, connection: Connection, play: Play
) -> None:
    Connection.objects.update(organisation=ONE)
    wire.on(ORG, play)

    assert reconnect(connection).organisation == ""

    assert not has_ended()


@pytest.mark.usefixtures("marked")
def test_without_the_scope_nobody_is_asked(wire: Wire, connection: Connection) -> None:
    more = {"scope": "ZohoCRM.modules.ALL ZohoCRM.settings.ALL"}
    wire.on("POST /oauth/v2/token", token("canary-second-token", wire.url, **more))

    assert reconnect(connection).organisation == ""

    assert wire.seen(ORG) == []


@pytest.mark.usefixtures("marked")
def test_an_old_token_that_has_expired_is_not_renewed_for_it(
    wire: Wire, connection: Connection
) -> None:
    Connection.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1))
    wire.on(ORG, of(OTHER))

    reconnect(connection)

    assert len(wire.seen(ORG)) == 1
    assert len(wire.seen("POST /oauth/v2/token")) == 1


def test_the_check_learns_it_for_a_connection_of_before(
    sandbox: RunningSandbox, connection: Connection
) -> None:
    def checked(kept: str) -> str:
        Connection.objects.update(organisation=kept)
        check(connection.destination, Deadline(20))
        connection.refresh_from_db()
        return connection.organisation

    url = f"http://127.0.0.1:{sandbox.port}"
    values = {"client_id": "1000.SANDBOX", "client_secret": "sandbox-secret", "access_token": ""}
    refresh_token = "1000.sandbox.refresh"
    Connection.objects.update(accounts_url=url, refresh_token=refresh_token, **values)

    assert checked("") == ONE
    assert checked(OTHER) == OTHER, "what connecting found is not written over"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50),
    lambda one: st.lists(one, max_size=2) | st.dictionaries(st.sampled_from(["org", "zgid"]), one),
    max_leaves=8,
)


@given(JSON | st.builds(lambda told: {"org": [{"zgid": told}]}, JSON))
def test_whatever_is_answered_an_id_is_short_and_plain(content: object) -> None:
    found = organisation.read(content)

    assert len(found) <= organisation.LONGEST
    assert not found or (found.isascii() and found.isalnum())
