"""Five hundred leads with one cause: mended once, retried once, however often that is pressed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.journeys.kit.system import System, eventually

COUNT = 500
PLAN = "/admin/leads/bulkretry/plan/"


def fail(system: System, count: int) -> None:
    """So many leads with one cause: the site's mapping fills no Last_Name, which Zoho requires."""
    system.shell(
        "from zoho.models import Mapping\nfrom zoho.mapping.rules import default_rules\n"
        "rules = [rule for rule in default_rules('Leads') if rule['target'] != 'Last_Name']\n"
        "Mapping.objects.create(site=Site.objects.get(), rules=rules)"
    )
    system.queue(count)
    eventually(lambda: system.count("failed") == count, 90)
    assert system.records() == []


def mend(system: System) -> None:
    """The mapping fills it from now on."""
    system.shell(
        "from zoho.models import Mapping\nfrom zoho.mapping.rules import default_rules\n"
        "Mapping.objects.update(rules=default_rules('Leads'))"
    )


def at_once(*actions: Any) -> list[Any]:
    """What the actions return, all begun together."""
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]


def test_one_correction_and_one_bulk_retry_pressed_twice_make_one_record_a_lead(
    system: System,
) -> None:
    fail(system, COUNT)
    mend(system)
    people = [system.staff(), system.staff()]

    first, again = at_once(*(lambda who=who: who.submit(PLAN) for who in people))

    assert first.url == again.url
    people[0].submit(PLAN)
    eventually(lambda: system.count("delivered") == COUNT, 90)
    references = [record["Lead_Ref"] for record in system.records()]
    assert len(references) == len(set(references)) == COUNT
    assert sorted(set(system.codes())) == [13002, 13003]
    assert system.codes().count(13003) == COUNT
    eventually(lambda: system.sql("SELECT state FROM leads_bulkretry") == [("done",)], 20)


def test_stopped_midway_the_rest_stays_failed(system: System) -> None:
    fail(system, COUNT)
    mend(system)
    # So slow that a stop comes in the middle.
    system.sql("UPDATE leads_destination SET calls_per_second = 0.5, batch_size = 20")
    ana = system.staff()
    try:
        page = ana.submit(PLAN).url
        eventually(lambda: system.count("delivered") > 0, 40)
        ana.submit(page.removeprefix(system.url).replace("change/", "stop/"))
        eventually(lambda: not system.count("queued") and not system.count("sending"), 40)
    finally:
        system.sql("UPDATE leads_destination SET calls_per_second = 10, batch_size = 100")

    delivered = system.count("delivered")
    assert 0 < delivered < COUNT
    assert system.count("failed") == COUNT - delivered
    assert len(system.records()) == delivered


def test_two_people_who_retry_one_lead_at_once_make_one_attempt(system: System) -> None:
    fail(system, 1)
    mend(system)
    [(number,)] = system.sql("SELECT id FROM leads_lead")
    people = [system.staff(), system.staff()]
    retry = f"/admin/leads/failedlead/{number}/retry/"

    at_once(*(lambda who=who: who.submit(retry) for who in people))

    eventually(lambda: system.count("delivered") == 1, 40)
    assert system.codes() == [13002, 13003]
    assert len(system.records()) == 1


def program(system: System) -> Callable[..., Any]:
    """Calls the operations API over HTTP with a token of an administrator; a POST has a body."""
    secret = system.shell(
        "from django.contrib.auth.models import User\n"
        "from leadops.accounts.models import ApiToken\n"
        "secret = ApiToken.as_shown(ApiToken.new_secret())\n"
        "boss = User.objects.create_superuser('program', password=None)\n"
        "ApiToken.objects.issue(secret, user=boss, scopes=ApiToken.Scope.values, name='Script')\n"
        "print(secret)"
    ).strip()

    def call(path: str, key: str = "", method: str = "", **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
        method = method or ("POST" if body or key else "GET")
        answer = requests.request(
            method, f"{system.url}/api/ops/v1/{path}", json=body, headers=headers, timeout=30
        )
        assert answer.ok, answer.text
        return answer.json()

    return call


def test_by_api_alone_five_hundred_are_found_mended_retried_stopped_and_finished(
    system: System,
) -> None:
    fail(system, COUNT)
    system.sql("UPDATE leads_destination SET calls_per_second = 0.5, batch_size = 20")
    call = program(system)
    try:
        [worst] = call("failed/reasons/")["results"]
        site = call("failed/?limit=1")["results"][0]["site"]
        mapping, wanted = f"sites/{site}/mapping/", {"reason": worst["code"]}
        assert worst["count"] == COUNT
        # What the mapping lacks; its rules are told as they are sent.
        today = call(mapping)
        rules = [*today["rules"], {"source": "contact_name", "target": "Last_Name"}]
        tried = call(f"{mapping}dry-run/", rules=rules)
        assert (tried["failing"], tried["failing_today"]) == (0, tried["leads"])
        call(mapping, method="PUT", rules=rules, base=today["base"], dry_run=tried["mark"])

        first, again = (call("bulk-retries/", key="today", filter=wanted) for _ in range(2))
        assert first == again
        eventually(lambda: system.count("delivered") > 0, 40)
        assert call(f"bulk-retries/{first['id']}/stop/", key="stop")["state"] == "stopped"
        eventually(lambda: not system.count("queued") and not system.count("sending"), 40)
        assert 0 < system.count("failed") < COUNT
    finally:
        system.sql("UPDATE leads_destination SET calls_per_second = 10, batch_size = 100")

    second = call("bulk-retries/", key="tomorrow", filter=wanted)
    eventually(lambda: call(f"bulk-retries/{second['id']}/")["state"] == "done", 90)
    eventually(lambda: system.count("delivered") == COUNT, 60)
    references = [record["Lead_Ref"] for record in system.records()]
    assert len(references) == len(set(references)) == COUNT
