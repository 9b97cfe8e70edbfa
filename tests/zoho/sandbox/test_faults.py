"""Each fault does what it says, to the calls it is meant for, as often as ordered."""

from __future__ import annotations

import http.client
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.zoho.sandbox.running import RunningSandbox

LEAD = {"Last_Name": "Berg"}


@pytest.fixture(autouse=True)
def with_token(sandbox: RunningSandbox) -> None:
    assert sandbox.auth


STATUSES = [
    ("429", 429, 0),
    ("500_before", 500, 0),
    ("500_after", 500, 1),
    ("503", 503, 0),
    ("html", 502, 0),
    ("html_200", 200, 1),
    ("truncated", 201, 1),
    ("empty_200", 200, 1),
    ("expired_token", 401, 0),
    ("scope_mismatch", 401, 0),
    ("no_permission", 403, 0),
]


@pytest.mark.parametrize(("mode", "status", "stored"), STATUSES)
def test_the_answer_is_wrong_and_the_store_as_told(
    sandbox: RunningSandbox, mode: str, status: int, stored: int
) -> None:
    sandbox.fault(mode)

    assert sandbox.insert(LEAD).status == status
    assert sandbox.count() == stored


@pytest.mark.parametrize(
    ("mode", "stored"), [("store_then_hang_up", 1), ("hang_up_before_store", 0)]
)
def test_the_connection_is_reset_without_a_byte(
    sandbox: RunningSandbox, mode: str, stored: int
) -> None:
    sandbox.fault(mode)

    with pytest.raises(ConnectionResetError):
        sandbox.insert(LEAD)
    assert sandbox.count() == stored


def test_half_of_the_records_are_stored_before_it_hangs_up(sandbox: RunningSandbox) -> None:
    sandbox.fault("store_half_then_hang_up")

    with pytest.raises(ConnectionResetError):
        sandbox.insert(*[LEAD] * 10)
    assert sandbox.count() == 5
    assert sandbox.ledger()["last"][0]["records"] == 10


@pytest.mark.parametrize(("mode", "stored"), [("store_then_drop", 1), ("drop_before_store", 0)])
def test_no_answer_ever_comes(sandbox: RunningSandbox, mode: str, stored: int) -> None:
    sandbox.fault(mode)

    with pytest.raises(TimeoutError):
        sandbox.crm("POST", "Leads", {"data": [LEAD]}, timeout=0.3)
    assert sandbox.count() == stored


def test_an_answer_is_cut_in_the_middle(sandbox: RunningSandbox) -> None:
    sandbox.fault("cut")

    with pytest.raises(http.client.IncompleteRead):
        sandbox.insert(LEAD)
    assert sandbox.count() == 1


def test_an_answer_drips_slower_than_a_timeout_on_silence_notices(sandbox: RunningSandbox) -> None:
    sandbox.fault("drip", interval=0.002)
    started = time.monotonic()

    reply = sandbox.crm("POST", "Leads", {"data": [LEAD]}, timeout=0.5)

    assert reply.status == 201
    assert time.monotonic() - started > len(reply.content) * 0.002


def test_a_truncated_answer_is_no_json(sandbox: RunningSandbox) -> None:
    sandbox.fault("truncated")

    reply = sandbox.insert(LEAD)

    assert reply.content.startswith(b'{"data"')
    assert reply.json is None


def test_an_expired_token_stays_expired(sandbox: RunningSandbox) -> None:
    sandbox.fault("expired_token", times=1)

    assert [sandbox.insert(LEAD).status for _ in range(2)] == [401, 401]
    sandbox.forget_token()
    assert sandbox.insert(LEAD).status == 201


def test_latency_delays_the_answer(sandbox: RunningSandbox) -> None:
    sandbox.fault(latency=0.2)
    started = time.monotonic()

    sandbox.insert(LEAD)

    assert 0.2 <= time.monotonic() - started < 1


def test_calls_wait_out_their_latency_side_by_side(sandbox: RunningSandbox) -> None:
    sandbox.fault(latency=0.3, latency_after=0.1)
    started = time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: sandbox.insert(LEAD), range(8)))

    assert time.monotonic() - started < 1.2


def test_latency_after_comes_after_the_store(sandbox: RunningSandbox) -> None:
    sandbox.fault(latency_after=5)

    with pytest.raises(TimeoutError):
        sandbox.crm("POST", "Leads", {"data": [LEAD]}, timeout=0.3)
    assert sandbox.count() == 1


def test_a_fault_is_gone_after_its_times(sandbox: RunningSandbox) -> None:
    sandbox.fault("503", times=2)

    assert [sandbox.insert(LEAD).status for _ in range(3)] == [503, 503, 201]
    assert sandbox.control("GET", "faults").json == {"faults": []}


def test_a_seed_makes_chance_repeatable(sandbox: RunningSandbox) -> None:
    runs = []
    for _ in range(2):
        sandbox.fault("503", probability=0.5, seed=7)
        runs.append([sandbox.insert(LEAD).status for _ in range(12)])

    assert runs[0] == runs[1]
    assert {*runs[0]} == {201, 503}


def test_a_fault_hits_only_bodies_with_its_text(sandbox: RunningSandbox) -> None:
    sandbox.fault("503", match="Nemo")

    assert sandbox.insert(LEAD).status == 201
    assert sandbox.insert({"Last_Name": "Nemo"}).status == 503


def test_inserts_alone_are_hit_unless_told_otherwise(sandbox: RunningSandbox) -> None:
    sandbox.fault("503")

    assert sandbox.crm("GET", "org").status == 200


def test_the_token_call_can_be_hit(sandbox: RunningSandbox) -> None:
    sandbox.fault("html", only="token")

    assert sandbox.token_call().status == 502
    assert sandbox.insert(LEAD).status == 201


def test_several_faults_work_together(sandbox: RunningSandbox) -> None:
    orders = [{"latency": 0.1}, {"mode": "503", "times": 1}]
    sandbox.control("PUT", "faults", orders)
    started = time.monotonic()

    assert [sandbox.insert(LEAD).status for _ in range(2)] == [503, 201]
    assert time.monotonic() - started >= 0.2


def test_any_answer_can_be_ordered(sandbox: RunningSandbox) -> None:
    sandbox.fault("answer", status=418, body={"odd": True}, stores=True)

    reply = sandbox.insert(LEAD)

    assert (reply.status, reply.json, sandbox.count()) == (418, {"odd": True}, 1)


def test_single_records_can_be_refused_with_any_code(sandbox: RunningSandbox) -> None:
    sandbox.fault("record_error", match="Nemo", code="RECORD_LOCKED", details={"a": 1})

    reply = sandbox.insert({"Last_Name": "A"}, {"Last_Name": "Nemo"}, {"Last_Name": "B"})

    assert reply.status == 207
    codes = [one["code"] for one in reply.json["data"]]
    assert codes == ["SUCCESS", "RECORD_LOCKED", "SUCCESS"]


def test_a_retry_after_is_told_in_the_details(sandbox: RunningSandbox) -> None:
    sandbox.fault("429", retry_after=2)

    assert sandbox.insert(LEAD).json["details"]["retry_after"] == 2


def test_refused_connections_are_taken_again_after_a_while(sandbox: RunningSandbox) -> None:
    sandbox.fault("refuse", seconds=0.6)
    time.sleep(0.25)

    with pytest.raises(ConnectionRefusedError):
        sandbox.insert(LEAD)
    time.sleep(0.6)
    assert sandbox.insert(LEAD).status == 201


def test_a_side_door_ends_a_refusal_early(sandbox: RunningSandbox) -> None:
    control = sandbox.fault("refuse", seconds=None).json["control"]
    side = int(control.rpartition(":")[2])
    time.sleep(0.25)
    with pytest.raises(ConnectionRefusedError):
        sandbox.insert(LEAD)
    assert sandbox.control("GET", "count", port=side).json["records"] == 0
    assert sandbox.call("GET", "/crm/v8/org", headers=sandbox.auth, port=side).status == 404

    sandbox.control("DELETE", "faults", port=side)

    assert sandbox.insert(LEAD).status == 201


def test_a_refusal_ends_idle_connections_too(sandbox: RunningSandbox) -> None:
    idle = socket.create_connection(("127.0.0.1", sandbox.port), timeout=2)
    time.sleep(0.1)

    sandbox.fault("refuse", seconds=0.5)

    with idle:
        assert idle.recv(1) == b""
    time.sleep(0.6)


ODD_ORDERS = [
    {"mode": "explode"},
    {"mood": "503"},
    {"mode": "503", "times": "often"},
    {"latency": "long"},
    {"latency": -1},
    {"latency": 1e99},
    {"mode": "refuse", "seconds": "x"},
    {"mode": "answer", "status": 7},
    {"mode": "503", "only": "inserts"},
    [1],
    "503",
]


@pytest.mark.parametrize("order", ODD_ORDERS)
def test_an_order_that_makes_no_sense_is_refused(sandbox: RunningSandbox, order: object) -> None:
    reply = sandbox.control("PUT", "faults", order)

    assert reply.status == 400
    assert sandbox.control("GET", "faults").json == {"faults": []}
