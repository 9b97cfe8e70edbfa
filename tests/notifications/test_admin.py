"""Notices in the admin: who sees what, and telling it again."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from leads.clock import database_now
from notifications.models import Notice
from tests.notifications.factories import a_failed_lead, a_notice, a_site

pytestmark = pytest.mark.django_db

STAFF = "staff@example.com"


def signed_in(*permissions: str) -> Client:
    user = get_user_model().objects.create_user("clerk", is_staff=True)
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            *Permission.objects.filter(content_type__app_label=app, codename=codename)
        )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def notice() -> Notice:
    lead = a_failed_lead(a_site(), data={"contact_name": "Anna <b>Bell</b>"})
    row = a_notice(lead, STAFF)
    Notice.objects.claim(database_now(), database_now() - row.created_at)
    Notice.objects.sent(database_now())
    return row


def page(notice: Notice) -> str:
    return reverse("admin:notifications_notice_change", args=[notice.pk])


def button(notice: Notice) -> str:
    return reverse("admin:notifications_notice_resend", args=[notice.pk])


def status(notice: Notice) -> str:
    notice.refresh_from_db()
    return notice.status


def test_the_list_names_each_notice_and_leads_to_its_lead(notice: Notice) -> None:
    client = signed_in("notifications.view_notice")

    body = client.get(reverse("admin:notifications_notice_changelist")).content.decode()

    assert STAFF in body
    assert reverse("admin:leads_failedlead_change", args=[notice.lead_id]) in body


def test_the_number_of_queries_of_the_list_does_not_grow_with_it(
    notice: Notice, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(20):
        a_notice(a_failed_lead(a_site()), STAFF)
    client = signed_in("notifications.view_notice")

    with django_assert_max_num_queries(10):
        client.get(reverse("admin:notifications_notice_changelist"))


def test_who_may_see_personal_data_reads_the_mail(notice: Notice) -> None:
    body = signed_in("notifications.view_notice", "leads.view_personal_data").get(page(notice))

    assert "ERROR 13002 with sending lead to zoho" in body.content.decode()
    assert "Last name: &lt;b&gt;Bell&lt;/b&gt;" in body.content.decode()


def test_who_may_not_see_it_does_not_read_the_mail(notice: Notice) -> None:
    body = signed_in("notifications.view_notice", "leads.view_lead").get(page(notice))

    assert STAFF in body.content.decode()
    assert "Bell" not in body.content.decode()


def test_without_the_right_to_notices_there_is_no_page(notice: Notice) -> None:
    assert signed_in("leads.view_lead").get(page(notice)).status_code == 403


def test_the_button_owes_the_notice_once_more(
    notice: Notice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = signed_in("notifications.view_notice", "notifications.resend_notice")

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(button(notice))

    assert (answer.status_code, answer["Location"]) == (302, page(notice))
    assert status(notice) == "pending"
    assert OrmQ.objects.filter(key="notices").count() == 1


def test_the_button_shows_only_to_those_who_may_press_it(notice: Notice) -> None:
    body = signed_in("notifications.view_notice", "leads.view_lead").get(page(notice))

    assert button(notice) not in body


def test_the_button_needs_its_own_right(notice: Notice) -> None:
    answer = signed_in("notifications.view_notice").post(button(notice))

    assert answer.status_code == 403
    assert status(notice) == "sent"


def test_looking_at_the_buttons_address_sends_nothing(notice: Notice) -> None:
    client = signed_in("notifications.view_notice", "notifications.resend_notice")

    assert client.get(button(notice)).status_code == 405
    assert status(notice) == "sent"


def test_the_action_owes_all_selected_notices_once_more(notice: Notice) -> None:
    client = signed_in("notifications.view_notice", "notifications.resend_notice")

    client.post(
        reverse("admin:notifications_notice_changelist"),
        {"action": "send_again", "_selected_action": [notice.pk]},
    )

    assert status(notice) == "pending"


def test_the_action_needs_its_own_right(notice: Notice) -> None:
    signed_in("notifications.view_notice").post(
        reverse("admin:notifications_notice_changelist"),
        {"action": "send_again", "_selected_action": [notice.pk]},
    )

    assert status(notice) == "sent"


@pytest.mark.parametrize("path", ["add/", "1/delete/"])
def test_not_even_a_superuser_writes_or_deletes_notices(admin_client: Client, path: str) -> None:
    base = reverse("admin:notifications_notice_changelist")

    assert admin_client.get(base + path).status_code == 403
