"""Whoever reads chooses the language; what is for programs, or of a site, does not ask them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation

from leadops.preferences.languages import KEY
from leads.desk.kit import formatting
from leads.models import SiteKey
from notifications.mail.compose import compose
from notifications.models import Notice
from tests.factories import make_failed_lead, make_site, make_user

pytestmark = pytest.mark.django_db
CHOOSE, HELP = "/admin/language/", "/help/13002/"


@pytest.fixture
def boss() -> User:
    """An account that may see everything."""
    user: User = make_user("boss", is_superuser=True)
    return user


def browser(user: User) -> Client:
    """A browser in which somebody is logged in."""
    client = Client()
    client.force_login(user)
    return client


def test_the_desk_is_english_until_somebody_chooses(boss: User) -> None:
    page = browser(boss).get("/admin/", headers={"Accept-Language": "de"})

    assert (page["Content-Language"], b"Sprache" in page.content) == ("en-us", False)


def test_a_choice_holds_on_every_page_and_leads_back(boss: User) -> None:
    client = browser(boss)

    answer = client.post(f"{CHOOSE}?next=/admin/leads/site/", {"language": "de"})

    assert answer["Location"] == "/admin/leads/site/"
    assert '<html lang="de"' in client.get("/admin/").content.decode()


def test_a_choice_is_the_accounts_and_holds_after_the_next_log_in(boss: User) -> None:
    browser(boss).post(CHOOSE, {"language": "de"})

    assert browser(boss).get("/admin/")["Content-Language"] == "de"


@pytest.mark.parametrize("language", ["", "fr", "de-AT", "../de"])
def test_what_is_no_language_of_ours_changes_nothing(boss: User, language: str) -> None:
    client = browser(boss)

    client.post(CHOOSE, {"language": language})

    assert KEY not in client.session


@pytest.mark.parametrize(("asked", "spoken"), [("de-AT,en;q=0.5", "de"), ("fr", "en"), ("", "en")])
def test_the_help_page_speaks_as_the_browser_wishes(asked: str, spoken: str) -> None:
    page = Client().get(HELP, headers={"Accept-Language": asked})

    assert page["Content-Language"][:2] == spoken
    assert "Accept-Language" in page["Vary"]


def test_a_refusal_of_the_api_is_english_for_everybody(boss: User) -> None:
    client = browser(boss)
    client.post(CHOOSE, {"language": "de"})

    refused = client.post("/api/v1/leads/", {}, headers={"Accept-Language": "de"}).json()

    assert refused["title"] == "Unauthorized" or refused["title"].isascii()


def test_a_form_thanks_in_the_language_of_its_site() -> None:
    site = make_site(language="de", allowed_origins="https://arctic.example")
    _key, token = SiteKey.objects.issue(site, SiteKey.Kind.FORM)

    page = Client().post(
        f"/f/{token}/", {"contact_name": "Eva"}, headers={"Origin": "https://arctic.example"}
    )

    assert "Vielen Dank" in page.content.decode()


@pytest.mark.parametrize(("language", "words"), [("de", "Was zu tun ist"), ("en", "What to do")])
def test_a_mail_speaks_the_language_of_its_site(language: str, words: str) -> None:
    lead = make_failed_lead(site=make_site(language=language))
    notice = Notice.objects.create(
        kind=Notice.Kind.LEAD_FAILED,
        recipient="a@example.com",
        lead=lead,
        site=lead.site,
        due_at=NOW,
        created_at=NOW,
    )

    with translation.override("de"):  # whoever looks at it in the desk
        mail = compose([Notice.objects.for_mail().get(pk=notice.pk)])

    assert words in mail.text


NOW = timezone.now()


@pytest.mark.parametrize(
    ("shown", "english", "german"),
    [
        (lambda: formatting.number(84892), "84,892", "84.892"),
        (lambda: formatting.percent(99.721), "99.721%", "99,721\xa0%"),
        (lambda: formatting.ago(NOW - timedelta(days=1), NOW), "1 day ago", "vor 1 Tag"),
        (lambda: formatting.ago(NOW + timedelta(days=3), NOW), "in 3 days", "in 3 Tagen"),
        (lambda: formatting.span(timedelta(days=2)), "2 days", "2 Tage"),
        (lambda: formatting.roughly(10_001), "More than 10,000", "Mehr als 10.000"),
    ],
)
def test_numbers_and_times_are_written_as_the_language_does(
    shown: Callable[[], str], english: str, german: str
) -> None:
    with translation.override("en"):
        first = shown()
    with translation.override("de"):
        second = shown()

    assert (first, second) == (english, german)
