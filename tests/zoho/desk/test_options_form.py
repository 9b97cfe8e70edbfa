"""The request options of a site, entered on its page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leads.models import Site
from tests.factories import make_site, make_user
from zoho.api.options import RECORD, TOP
from zoho.desk.options_form import INPUT_OF

FULL: dict[str, Any] = {
    "trigger": ["workflow", "blueprint"],
    "lar_id": "11",
    "apply_feature_execution": [{"name": "layout_rules"}],
    "skip_feature_execution": [{"name": "cadences"}],
    "Layout": {"id": "12"},
    "Owner": {"id": "13"},
    "Tag": [{"name": "Web"}, {"name": "Fair"}],
    "$approved": False,
    "Wizard": "14",
    "$wizard_connection_path": ["15", "16"],
}


@pytest.fixture
def boss(db: None) -> Client:
    client = Client()
    client.force_login(make_user("boss", is_superuser=True))
    return client


def save(client: Client, site: Site, **changes: Any) -> Any:
    """Open the site's page, change some inputs, press Save."""
    address = f"/admin/leads/site/{site.pk}/change/"
    form = client.get(address).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in (values | changes).items() if value not in (None, "")}
    return client.post(address, sent)


def test_every_option_has_an_input() -> None:
    assert set(INPUT_OF) == {*TOP, *RECORD}


@pytest.mark.parametrize("options", [{}, {"trigger": []}, {"$approved": True}, FULL])
def test_saving_the_page_keeps_the_options(boss: Client, options: Any) -> None:
    site = make_site(options=options)

    answer = save(boss, site, recipients="a@example.com")

    site.refresh_from_db()
    assert answer.status_code == 302, answer.context["errors"]
    assert (site.options, site.recipients) == (options, "a@example.com")


def test_options_are_entered(boss: Client) -> None:
    site = make_site()
    before = site.envelope

    save(boss, site, automations="none", tags="Web,  Fair ", layout="12", approved="true")

    site.refresh_from_db()
    assert site.options == {
        "trigger": [],
        "Tag": [{"name": "Web"}, {"name": "Fair"}],
        "Layout": {"id": "12"},
        "$approved": True,
    }
    assert site.envelope != before


@pytest.mark.parametrize(
    ("entered", "name"),
    [
        ({"lar_id": "abc"}, "lar_id"),
        ({"owner": "1 2"}, "owner"),
        ({"wizard": "x"}, "wizard"),
        ({"wizard_path": "1, x"}, "wizard_path"),
        ({"automations": "chosen"}, "triggers"),
        ({"triggers": ["magic"], "automations": "chosen"}, "triggers"),
    ],
)
def test_what_zoho_could_not_read_is_told_beside_its_input(
    boss: Client, entered: Any, name: str
) -> None:
    site = make_site(options={"lar_id": "1"})

    answer = save(boss, site, **entered)

    site.refresh_from_db()
    assert name in answer.context["adminform"].form.errors
    assert site.options == {"lar_id": "1"}


def test_a_new_site_is_made_with_options(boss: Client) -> None:
    site = make_site()
    sent = {
        "name": "New",
        "destination": site.destination_id,
        "enabled": "on",
        "duplicate_rule": "inherit",
        "duplicate_policy": "hold",
        "quiet_alarm": "auto",
        "min_fill_seconds": "3",
        "repeat_window": "0",
        "module": "Leads",
        "lar_id": "5",
    }

    answer = boss.post("/admin/leads/site/add/", sent)

    assert answer.status_code == 302, answer.context["errors"]
    assert Site.objects.get(name="New").options == {"lar_id": "5"}


def test_who_may_only_look_sees_the_options_as_stored(db: None) -> None:
    site = make_site(options={"lar_id": "4711"})
    client = Client()
    client.force_login(make_user("viewer", ("leads.view_site",)))

    page = client.get(f"/admin/leads/site/{site.pk}/change/").content.decode()

    assert "4711" in page
    assert 'name="lar_id"' not in page
