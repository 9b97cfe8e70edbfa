"""Sites by API: made and changed by the desk's own rules, once, and with a name in the history."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from leads.models import Site
from tests.factories import make_site, make_user
from tests.leadops.api.conftest import EVERY_SCOPE, Program


def said() -> list[str]:
    return [entry.change_message for entry in LogEntry.objects.order_by("pk")]


def test_a_site_is_made_as_the_command_makes_it(chief: Program, site: Site) -> None:
    people = ["ana@example.com", "bo@example.com"]

    answer = chief.post("sites/", name="Spring campaign", recipients=people, country="DE")

    made = Site.objects.get(name="Spring campaign")
    assert (answer.status_code, answer.json()["id"]) == (201, made.pk)
    assert answer.json()["recipients"] == people
    assert (made.destination_id, made.country) == (site.destination_id, "DE")
    assert (made.enabled, made.recognises, made.quota) == (True, True, None)
    assert said() == ["Made the site. (via token Script)"]


def test_a_call_that_comes_again_makes_no_second_one(chief: Program, site: Site) -> None:
    answers = [chief.post("sites/", "k", name="Spring") for _ in "ab"]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Site.objects.filter(name="Spring").count() == 1


CHANGES: dict[str, tuple[Any, Any]] = {
    "name": ("Summer", "Summer"),
    "enabled": (False, False),
    "recipients": (["a@b.example", "c@d.example"], "a@b.example\nc@d.example"),
    "module": ("Contacts", "Contacts"),
    "country": ("FR", "FR"),
    "language": ("de", "de"),
    "duplicate_rule": ("refuse", "refuse"),
    "duplicate_policy": ("update", "update"),
    "nameless": ("email", "email"),
    "repeat_window": (30, 30),
    "quota": (7, 7),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_setting_changes_and_no_other(chief: Program, site: Site, name: str) -> None:
    given, stored = CHANGES[name]
    watch = {"watched_since", "quiet_since", "quiet_check_at"} if name == "enabled" else set()
    before: dict[str, Any] = dict(Site.objects.values().get(pk=site.pk))

    answer = chief.post(f"sites/{site.pk}/", method="PATCH", **{name: given})

    after: dict[str, Any] = dict(Site.objects.values().get(pk=site.pk))
    assert (answer.status_code, answer.json()[name]) == (200, given)
    assert after[name] == stored
    different = {column for column in after if after[column] != before[column]}
    assert name in different <= {name, "envelope", *watch}
    assert said() == [f"Changed {name}. (via token Script)"]


def test_silence_counts_anew_for_whom_it_is_switched_on_again(chief: Program, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(enabled=False, quiet_since=timezone.now())

    chief.post(f"sites/{site.pk}/", method="PATCH", enabled=True)

    site.refresh_from_db()
    assert (site.enabled, site.quiet_since) == (True, None)


def test_what_is_as_it_was_stands_in_no_history(chief: Program, site: Site) -> None:
    answer = chief.post(f"sites/{site.pk}/", method="PATCH", name=site.name)

    assert answer.status_code == 200
    assert said() == []


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        ({"name": ""}, "name"),
        ({"name": "Taken"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"recipients": ["nobody"]}, "recipients.0"),
        ({"country": "Germany"}, "country"),
        ({"language": "xx"}, "language"),
        ({"module": "1 2"}, "module"),
        ({"quota": -1}, "quota"),
        ({"repeat_window": 601}, "repeat_window"),
        ({"enabled": None}, "enabled"),
        ({"paused_at": None}, "paused_at"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_the_desk_would_refuse_is_refused_by_field(
    chief: Program, site: Site, method: str, body: dict[str, Any], at_fault: str
) -> None:
    make_site(name="Taken")
    path, whole = {"POST": ("sites/", {"name": "New"}), "PATCH": (f"sites/{site.pk}/", {})}[method]

    answer = chief.post(path, method=method, **whole | body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [at_fault])
    assert Site.objects.count() == 2
    assert said() == []


def test_an_unknown_destination_is_named(chief: Program, site: Site) -> None:
    answer = chief.post("sites/", name="New", destination=4711)

    assert (answer.status_code, answer.json()["errors"]) == (422, {"destination": "unknown"})


def test_who_is_limited_to_sites_changes_theirs_and_makes_none(site: Site) -> None:
    other = make_site(name="Other")
    limited = Program(make_user("boss", role="Administrator", sites=[site]), EVERY_SCOPE)

    assert limited.post("sites/", name="New").status_code == 403
    assert limited.post(f"sites/{other.pk}/", method="PATCH", name="Mine").status_code == 404
    assert limited.post(f"sites/{site.pk}/", method="PATCH", quota=5).status_code == 200
    assert not Site.objects.filter(name__in=("New", "Mine")).exists()
