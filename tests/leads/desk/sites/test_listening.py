"""A source that listens: its first post as it comes in, read as a person chooses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.decisions.source import make_source
from leads.models import Lead, Site, Source, SourceAddress
from tests.factories import make_lead
from tests.leads.recount import assert_the_counters_are_a_recount

JSON = {"Accept": "application/json"}
GRAVITY = {"form_id": "1", "1.3": "Ada", "1.6": "Lovelace", "2": "ada@example.com"}


@pytest.fixture
def source(site: Site) -> Source:
    return make_source(site, "Gravity Forms", "gravity").source


def url(source: Source, what: str) -> str:
    return f"/admin/leads/site/{source.site_id}/source/{source.pk}/{what}"


def post(source: Source, body: Any = GRAVITY) -> Lead:
    secret = SourceAddress.objects.get(source=source).secret
    Client().post(f"/in/{secret}/", json.dumps(body), "application/json")
    return Lead.objects.order_by("-pk")[0]


def listen(client: Client, source: Source) -> dict[str, Any]:
    said: dict[str, Any] = client.get(url(source, "listen.json")).json()
    return said


def pick(client: Client, source: Source, **paths: str) -> dict[str, Any]:
    picked = {f"pick-{name}": f"path:{path}" for name, path in paths.items()}
    answer = client.post(url(source, "choose/"), {"do": "listen", **picked}, headers=JSON)
    said: dict[str, Any] = answer.json()
    return said


def test_it_waits_and_shows_the_newest_post(boss: Client, source: Source) -> None:
    before = listen(boss, source)
    lead = post(source)

    after = listen(boss, source)

    assert "Listening" in before["html"]
    assert before["word"] == ""
    assert "ada@example.com" in after["html"]
    assert after["word"] == f"A post came in: lead {lead.pk}, Failed."
    assert after["open"]


def test_asking_costs_few_statements_and_counts_nothing(boss: Client, source: Source) -> None:
    post(source)
    listen(boss, source)

    with CaptureQueriesContext(connection) as asked:
        listen(boss, source)

    assert len(asked) <= 12
    assert not [one for one in asked if "COUNT(" in one["sql"]]


def test_a_choice_reads_the_post_anew_and_sends_it(boss: Client, source: Source) -> None:
    lead = post(source)
    assert lead.status == Lead.Status.FAILED

    pick(boss, source, last_name="1.6")
    said = pick(boss, source, first_name="1.3")

    lead.refresh_from_db()
    source.refresh_from_db()
    assert (lead.name, lead.status) == ("Ada Lovelace", Lead.Status.QUEUED)
    assert source.chosen == {"last_name": "1.6", "first_name": "1.3"}
    assert "a person chose it" in said["html"]
    next_one = post(source, {**GRAVITY, "1.3": "Grace", "1.6": "Hopper"})
    assert (next_one.name, next_one.status) == ("Grace Hopper", Lead.Status.QUEUED)


def test_a_choice_is_taken_back(boss: Client, source: Source) -> None:
    post(source)
    pick(boss, source, last_name="1.6")

    boss.post(url(source, "choose/"), {"do": "listen", "pick-last_name": ""})

    source.refresh_from_db()
    assert source.chosen == {}
    assert Lead.objects.get().name == ""


def test_a_field_that_is_not_in_the_form_is_none(boss: Client, source: Source) -> None:
    lead = post(source, {"name": "Ada Lovelace", "email": "ada@example.com"})

    boss.post(url(source, "choose/"), {"do": "listen", "pick-email": "none"})

    lead.refresh_from_db()
    assert (lead.name, lead.email) == ("Ada Lovelace", "")


def test_a_lead_in_zoho_stays_as_it_went(boss: Client, source: Source) -> None:
    lead = post(source, {"full_name": "Ada Lovelace", "other": "Grace Hopper"})
    values = {"due_at": None, "settled_at": lead.received_at}
    Lead.objects.update(status="delivered", zoho_id="61234", **values)

    pick(boss, source, contact_name="other")

    source.refresh_from_db()
    lead.refresh_from_db()
    assert lead.name == "Ada Lovelace"
    assert source.chosen == {"contact_name": "other"}


def test_names_that_are_none_of_ours_are_not_chosen(boss: Client, source: Source) -> None:
    post(source)

    boss.post(url(source, "choose/"), {"pick-status": "path:1.3", "pick-id": "path:1.3"})

    source.refresh_from_db()
    assert source.chosen == {}


def test_looks_right_ends_it_once(boss: Client, source: Source) -> None:
    for _press in range(2):
        boss.post(url(source, "looks-right/"))

    source.refresh_from_db()
    assert source.confirmed_at is not None
    assert not listen(boss, source)["open"]
    said = [entry.get_change_message() for entry in LogEntry.objects.all()]
    assert said == ["Found the posts of “Gravity Forms” read right."]


@pytest.mark.parametrize(
    ("body", "status"),
    [(GRAVITY, Lead.Status.DISCARDED), ({"name": "Ada"}, Lead.Status.QUEUED)],
    ids=["failed", "queued"],
)
def test_a_test_is_in_no_figure(
    boss: Client, source: Source, body: dict[str, str], status: str
) -> None:
    lead = post(source, body)

    for _press in range(2):
        boss.post(url(source, "was-a-test/"), {"lead": lead.pk})

    lead.refresh_from_db()
    assert (lead.is_test, lead.status) == (True, status)
    assert_the_counters_are_a_recount()
    assert lead.events.exclude(kind="retried").count() == 1


@pytest.mark.parametrize("change", ["confirmed", "sending", "elsewhere"])
def test_what_is_no_test_any_more(boss: Client, source: Source, change: str) -> None:
    lead = post(source, {"name": "Ada"})
    if change == "confirmed":
        boss.post(url(source, "looks-right/"))
    elif change == "sending":
        Lead.objects.update(status="sending", claim="00000000-0000-4000-8000-000000000001")
    else:
        lead = make_lead(site=source.site)

    boss.post(url(source, "was-a-test/"), {"lead": lead.pk})

    assert not Lead.objects.filter(is_test=True).exists()


HOSTILE = {
    "<script>alert(1)</script>": "<img src=x onerror=alert(2)>",
    "email": '"><script>alert(3)</script>@example.com',
    "k" * 100_000: "long",
    "message": "m" * 100_000,
    **{f"field {number}": number for number in range(3000)},
}


def test_a_hostile_post_is_shown_as_text_and_shortened(boss: Client, source: Source) -> None:
    post(source, HOSTILE)

    for page in (listen(boss, source)["html"], boss.get(url(source, "")).content.decode()):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "k" * 1000 not in page
        assert "m" * 1000 not in page
        assert len(page) < 1_000_000


@pytest.mark.parametrize("path", ["path:a\0b", "path:" + "x" * 9999, "\0"])
def test_any_choice_can_be_stored(boss: Client, source: Source, path: str) -> None:
    post(source)

    answer = boss.post(url(source, "choose/"), {"do": "listen", "pick-email": path})

    assert answer.status_code == 302
    assert listen(boss, source)["open"]
