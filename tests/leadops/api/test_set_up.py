"""Sites, mappings and destinations by API: what the desk shows and does, and no secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from leads.models import Destination, Site, SiteKey
from tests.factories import make_failed_lead, make_key, make_user
from tests.leadops.api.conftest import Program
from zoho.models import Mapping

RULES = [{"source": "contact_name", "target": "Last_Name"}]


def test_a_site_shows_what_posts_to_it_and_no_secret(chief: Program, site: Site) -> None:
    secret = make_key(site)
    make_key(site, SiteKey.Kind.FORM)
    site.sources.create(name="Contact page", tool_key="s3cret", signature_secret="s3cret")

    answer = chief.get(f"sites/{site.pk}/")

    assert [one["kind"] for one in answer.json()["keys"]] == ["secret", "form"]
    assert [one["name"] for one in answer.json()["sources"]] == ["Contact page"]
    assert secret not in answer.content.decode()
    assert "s3cret" not in answer.content.decode()


def test_keys_are_for_who_may_see_them(site: Site) -> None:
    support = Program(make_user("support", role="Support"))

    assert support.get(f"sites/{site.pk}/").json()["keys"] is None


def test_a_limited_account_knows_its_own_sites_alone(site: Site) -> None:
    other = Site.objects.create(name="Other", destination=site.destination)
    limited = Program(make_user("limited", role="Administrator", sites=[site]))

    assert [one["id"] for one in limited.get("sites/").json()["results"]] == [site.pk]
    assert limited.get(f"sites/{other.pk}/").status_code == 404
    assert limited.get(f"sites/{other.pk}/mapping/").status_code == 404
    assert limited.get("destinations/").status_code == 403


def test_the_switch_of_a_destination_is_turned_via_the_token(chief: Program, site: Site) -> None:
    pk = site.destination_id

    paused = chief.post(f"destinations/{pk}/pause/").json()
    held = Destination.objects.get().paused_at
    running = chief.post(f"destinations/{pk}/resume/").json()

    assert (paused["pause_reason"], running["pause_reason"]) == ("paused_by_hand", "")
    assert (held is not None, running["paused_at"]) == (True, None)
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert said == ["Paused sending. (via token Script)", "Resumed sending. (via token Script)"]


@pytest.mark.parametrize(
    ("rules", "at_fault"),
    [
        ([{"source": "city", "target": "City", "transform": "magic"}], "rules.0.transform"),
        ([{"source": {"a": 1}, "target": "City"}], "rules.0.source"),
        ([{"source": "city"}], "rules.0.target"),
        (
            [{"source": "c", "target": "City", "transform": "table", "argument": [1]}],
            "rules.0.argument",
        ),
        ([{"source": "c", "target": "City", "transform": "table", "argument": "x"}], "rules.0"),
    ],
)
def test_a_rule_that_cannot_be_stored_is_named(
    chief: Program, site: Site, rules: list[Any], at_fault: str
) -> None:
    answer = chief.post(f"sites/{site.pk}/mapping/dry-run/", rules=rules)

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [at_fault]


@pytest.mark.parametrize(
    ("more", "status"),
    [({}, 422), ({"anyway": True, "base": "another"}, 409), ({"anyway": True}, 200)],
)
def test_a_mapping_is_replaced_after_a_dry_run_or_on_demand(
    chief: Program, site: Site, more: dict[str, Any], status: int
) -> None:
    base = chief.get(f"sites/{site.pk}/mapping/").json()["base"]

    body = {"rules": RULES, "base": base, **more}
    answer = chief.post(f"sites/{site.pk}/mapping/", method="PUT", **body)

    assert answer.status_code == status
    assert Mapping.objects.exists() == (status == 200)


def test_one_of_which_most_leads_fail_is_asked_for_twice(chief: Program, site: Site) -> None:
    make_failed_lead(site=site)
    rules = [{"source": "city", "target": "City"}]
    address = f"sites/{site.pk}/mapping/"
    base = chief.get(address).json()["base"]
    mark = chief.post(f"{address}dry-run/", rules=rules).json()["mark"]

    body = {"rules": rules, "base": base, "dry_run": mark}
    first = chief.post(address, method="PUT", **body)
    second = chief.post(address, method="PUT", **body, failing=True)

    assert list(first.json().get("errors", {})) == ["failing"]
    assert second.status_code == 200
