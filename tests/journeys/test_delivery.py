"""From a post to one record in Zoho, whatever happens on the way."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.journeys.kit.system import System, eventually


def post_many(system: System, count: int) -> list[str]:
    """Post leads over eight connections; their public ids."""

    def post(number: int) -> str:
        answer = system.post(contact_name=f"Person {number}", email=f"p{number}@example.com")
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(post, range(count)))


def all_delivered(system: System, count: int, seconds: float = 60) -> None:
    """Wait until so many leads are delivered, and check that Zoho holds each exactly once."""
    eventually(lambda: len(system.records()) >= count, seconds)
    eventually(lambda: system.count("delivered") == count, seconds)
    references = [record["Lead_Ref"] for record in system.records()]
    assert len(references) == len(set(references)) == count


def figures_equal_a_recount(system: System) -> None:
    """The counters balance: `leadstats` says what the rows say."""
    leads = dict(system.sql("SELECT status, count(*) FROM leads_lead GROUP BY 1"))
    codes = Counter(map(str, system.codes()))
    stats = system.stats()
    assert {name: stats[name] for name in leads} == leads
    assert {code: number for code, number in stats["attempts"].items() if number} == codes
    assert stats["received"] == sum(leads.values())


def test_a_posted_lead_is_in_zoho_once_within_two_seconds(system: System) -> None:
    warm_up = system.post(contact_name="First", email="first@example.com").json()["id"]
    system.becomes(warm_up, "delivered")

    answer = system.post(contact_name="Ada Lovelace", email="ada@example.com", budget="5000")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    system.becomes(answer.json()["id"], "delivered", seconds=2)

    record = system.records()[-1]
    assert record["Last_Name"] == "Lovelace"
    assert record["First_Name"] == "Ada"
    assert record["Description"] == "budget: 5000"
    assert record["Lead_Ref"] == answer.json()["id"]
    assert len(system.records()) == 2
    assert system.stats()["attempts"] == {"13003": 2, "13002": 0}


def test_a_postcode_of_over_ten_characters_arrives_in_the_street(system: System) -> None:
    lead = system.post(contact_name="Ada", street="Main St 1", zip="Springfield 12345")

    system.becomes(lead.json()["id"], "delivered")

    assert system.records()[0]["Street"] == "Main St 1, Springfield 12345"
    assert not system.records()[0].get("Zip_Code")


def test_stored_without_an_answer_ends_delivered_with_one_record(system: System) -> None:
    system.fault(mode="store_then_hang_up", times=1)

    lead = system.post(contact_name="Ada", email="ada@example.com").json()["id"]
    system.becomes(lead, "delivered", seconds=30)

    assert len(system.records()) == 1
    assert system.codes() == [13002, 13003]
    figures_equal_a_recount(system)


def test_without_the_reference_field_an_unknown_outcome_goes_to_a_person(system: System) -> None:
    definition = {"module": "Leads", "drop": ["Lead_Ref"]}
    assert requests.put(f"{system.zoho}/sandbox/fields", json=definition, timeout=5).ok
    system.fault(mode="store_then_hang_up", times=1)

    lead = system.post(contact_name="Ada", email="ada@example.com").json()["id"]
    receipt = system.becomes(lead, "failed")

    assert receipt["reason"]["code"] == "outcome_unknown"
    assert len(system.records()) == 1


def test_after_an_outage_everything_arrives_by_itself_once_and_in_batches(system: System) -> None:
    system.kill("sandbox")

    started = time.monotonic()
    leads = post_many(system, 500)
    assert time.monotonic() - started < 60
    eventually(lambda: 13002 in system.codes())
    time.sleep(max(0, 20 - (time.monotonic() - started)))
    system.start_sandbox()

    all_delivered(system, len(leads), seconds=120)
    assert system.calls("insert") < 20
    figures_equal_a_recount(system)


def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    system: System,
) -> None:
    system.fault(latency=2)
    leads = post_many(system, 150)
    eventually(lambda: system.count("sending"))
    system.kill("worker")
    system.start_worker()

    all_delivered(system, len(leads), seconds=90)
    figures_equal_a_recount(system)


def clusters_of(system: System) -> list[str]:
    """The processes of the installation's clusters, by number; their environment names it."""
    database = system.environment["DATABASE_URL"].encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end while it is looked at
            is_ours = database in (folder / "environ").read_bytes()
            if is_ours and b"--cluster" in (folder / "cmdline").read_bytes():
                found.append(folder.name)
    return found


def test_the_worker_stops_in_good_order_and_leaves_no_process(system: System) -> None:
    lead = system.post(contact_name="Ada").json()["id"]
    system.becomes(lead, "delivered")
    worker = system.processes.pop("worker")
    assert len(clusters_of(system)) > 4

    worker.terminate()

    assert worker.wait(20) == 0
    assert clusters_of(system) == []
