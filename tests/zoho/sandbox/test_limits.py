"""Credits and calls at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.zoho.sandbox.running import RunningSandbox

LEAD = {"Last_Name": "Berg"}
REMAINING = "X-API-CREDITS-REMAINING"


def test_an_insert_costs_a_credit_for_every_ten_records_begun(sandbox: RunningSandbox) -> None:
    sandbox.insert(*[LEAD] * 11)
    sandbox.insert(LEAD)

    assert sandbox.ledger()["credits"] == 3


def test_calls_beyond_the_days_credits_are_refused(sandbox: RunningSandbox) -> None:
    sandbox.switch(credits=2)
    statuses = [sandbox.insert(LEAD).status for _ in range(3)]

    assert statuses == [201, 201, 429]
    assert sandbox.count() == 2


def test_the_remaining_credits_are_told_from_half_way_on(sandbox: RunningSandbox) -> None:
    sandbox.switch(credits=4)

    told = [sandbox.insert(LEAD).headers[REMAINING] for _ in range(3)]

    assert told == [None, "2", "1"]


def test_more_calls_at_once_than_allowed_are_refused(sandbox: RunningSandbox) -> None:
    assert sandbox.auth
    sandbox.switch(concurrency=2, rate_limit_code="TOO_MANY_REQUESTS")
    sandbox.fault(latency=0.4)

    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(lambda _: sandbox.insert(LEAD), range(5)))

    assert sorted(reply.status for reply in replies) == [201, 201, 429, 429, 429]
    assert {reply.json.get("code") for reply in replies} == {None, "TOO_MANY_REQUESTS"}


def test_the_most_calls_at_once_are_told_refused_ones_included(sandbox: RunningSandbox) -> None:
    assert sandbox.auth
    sandbox.switch(concurrency=2)
    sandbox.fault(latency=0.4)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: sandbox.insert(LEAD), range(3)))

    assert sandbox.ledger()["most_open"] == 3
    sandbox.control("DELETE", "ledger")
    assert sandbox.ledger()["most_open"] == 0


def test_a_refused_call_costs_no_credit(sandbox: RunningSandbox) -> None:
    sandbox.call("POST", "/crm/v8/Leads", {"data": [LEAD]})

    assert sandbox.ledger()["credits"] == 0


def test_an_unknown_switch_is_refused(sandbox: RunningSandbox) -> None:
    assert sandbox.switch(gravity=False).status == 400
    assert sandbox.switch(twins="adopted").status == 400
    assert sandbox.switch(credits="many").status == 400


def test_heavy_calls_have_a_limit_of_their_own(sandbox: RunningSandbox) -> None:
    assert sandbox.auth
    sandbox.switch(heavy_concurrency=1)
    sandbox.fault(latency=0.4, only=["coql", "insert"])
    query = {"select_query": "select id from Leads where id is not null"}

    with ThreadPoolExecutor(4) as pool:
        heavy = [pool.submit(sandbox.crm, "POST", "coql", query) for _ in range(2)]
        light = [pool.submit(sandbox.insert, LEAD) for _ in range(2)]

    # 204 or 200: whether one of the inserts had landed before the query looked is a race.
    assert [call.result().status == 429 for call in heavy].count(True) == 1
    assert [call.result().status for call in light] == [201, 201]
