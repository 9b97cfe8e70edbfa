"""The audit, and what the log says of refusals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from leads.models import Site
from tests.factories import make_failed_lead, make_site, make_user

pytestmark = pytest.mark.django_db
AUDIT = "/admin/accounts/auditentry/"


def test_a_change_of_a_site_names_fields_and_no_values(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    browser = browser_of(boss)
    site = make_site()
    browser.post(f"/admin/leads/site/{site.pk}/issue-key/", {"label": "secret label"})
    page = browser.get(AUDIT).content.decode()

    assert LogEntry.objects.get().user == boss
    assert "Issued key" in page
    assert "secret label" not in page
    assert "boss" in page


def test_the_audit_is_filtered_by_a_person(browser_of: Callable[[Any], Client], boss: Any) -> None:
    eva, site = make_user("eva"), make_site()
    for user in (boss, eva):
        LogEntry.objects.log_actions(
            user.pk, [site], 2, change_message=f"by-{user}", single_object=True
        )

    page = browser_of(boss).get(AUDIT, {"user": eva.pk}).content.decode()

    assert "by-eva" in page
    assert "by-boss" not in page


@pytest.mark.parametrize("tail", ["add/", "{}/change/", "{}/delete/"])
def test_not_even_a_superuser_changes_the_audit(
    browser_of: Callable[[Any], Client], tail: str
) -> None:
    chief = make_user("chief", is_superuser=True)
    LogEntry.objects.log_actions(chief.pk, [chief], 2, change_message="first", single_object=True)
    entry = LogEntry.objects.get()

    answer = browser_of(chief).post(AUDIT + tail.format(entry.pk), {"post": "yes"})

    assert answer.status_code == 403
    assert LogEntry.objects.get().change_message == "first"


def test_a_refusal_is_logged_with_id_address_and_path_alone(
    browser_of: Callable[[Any], Client], caplog: pytest.LogCaptureFixture
) -> None:
    eva, lead = make_user("eva"), make_failed_lead()
    caplog.set_level(logging.WARNING, "leadops.security")

    browser_of(eva).get(f"/admin/leads/lead/{lead.pk}/change/?note=ada@example.com")

    said = [one.message for one in caplog.records if one.name == "leadops.security"]
    path = f"/admin/leads/lead/{lead.pk}/change/"
    assert said == [f"refused: account {eva.pk} from 127.0.0.1 by GET {path}"]


def test_a_wrong_password_is_logged_without_what_was_typed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    client.post("/admin/login/", {"username": "my-password", "password": "hunter2"})

    assert "login failed: account unknown from 127.0.0.1 by password" in caplog.messages
    assert "my-password" not in caplog.text
    assert "hunter2" not in caplog.text


def test_deleting_a_site_is_nobodys(browser_of: Callable[[Any], Client], boss: Any) -> None:
    site = make_site()

    browser_of(boss).post(f"/admin/leads/site/{site.pk}/delete/", {"post": "yes"})

    assert Site.objects.filter(pk=site.pk).exists()
