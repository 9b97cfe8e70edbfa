"""A link of a mail: whose it is, what it opens, and every way in which it dies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from leads.clock import database_now
from leads.models import Lead, Site
from leads.privacy.erase import erase, erase_person
from notifications.models import LinkedLead, MailLink, Notice, Reader
from notifications.models.mail_link import LINK_FOR
from notifications.tasks import send_notices
from tests.factories import make_failed_lead, make_site
from tests.notifications.factories import a_notice, make_due
from tests.notifications.link_pages.conftest import READER, opened_by
from tests.notifications.mailserver import Inbox, listening

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"http://testserver/act/([\w-]+)/")


# --- In mails -------------------------------------------------------------------------------------


def test_a_mail_holds_no_link_before_its_site_wants_that(inbox: Inbox) -> None:
    site = make_site(recipients=READER)
    a_notice(make_failed_lead(site=site), READER)

    send_notices()

    assert "/act/" not in inbox.text() + inbox.html()
    assert not MailLink.objects.exists()


@pytest.mark.parametrize("count", [1, 3, 5, 60])
def test_a_mail_leads_to_its_own_leads_and_no_others(inbox: Inbox, site: Site, count: int) -> None:
    leads = [make_failed_lead(site=site) for _number in range(count)]
    for lead in leads:
        a_notice(lead, READER)
    make_failed_lead(site=site)

    send_notices()

    (token,) = set(TOKEN.findall(inbox.text()))
    assert token in inbox.html()
    link = MailLink.objects.opened_by(token, database_now())
    assert link is not None
    assert [lead.pk for lead in link.shown()] == [lead.pk for lead in leads]
    assert all(f"/act/{token}/{lead.pk}/" in inbox.text() for lead in leads)


def test_a_mail_of_two_sites_holds_a_link_of_the_one_that_wants_it(
    inbox: Inbox, site: Site
) -> None:
    other = make_site(recipients=READER)
    here, there = make_failed_lead(site=site), make_failed_lead(site=other)
    a_notice(here, READER)
    a_notice(there, READER)

    send_notices()

    assert [row.lead_id for row in LinkedLead.objects.all()] == [here.pk]
    assert f"/failedlead/{there.pk}/change/" in inbox.text()


def test_who_is_not_on_the_list_any_more_is_sent_no_link(inbox: Inbox, site: Site) -> None:
    a_notice(make_failed_lead(site=site), "gone@example.com")

    send_notices()

    assert len(inbox.mails) == 1
    assert "/act/" not in inbox.text()


def test_a_link_whose_mail_never_left_is_ended(smtp_port: int, site: Site) -> None:
    notice = a_notice(make_failed_lead(site=site), READER)

    for _round in range(3):
        send_notices()
        make_due(notice)

    assert not MailLink.objects.exists()
    inbox = Inbox()
    with listening(inbox, smtp_port):
        send_notices()
    assert MailLink.objects.opened_by(TOKEN.findall(inbox.text())[0], database_now())


def test_the_token_is_kept_nowhere(site: Site, lead: Lead) -> None:
    token = MailLink.objects.issue(site, READER, [lead.pk], database_now())

    assert len(token) >= 43  # 256 bits
    row = MailLink.objects.values().get()
    assert token not in str(row)
    assert re.fullmatch("[0-9a-f]{64}", str(row["digest"]))


# --- Every way in which it dies -------------------------------------------------------------------


def expire(site: Site, lead: Lead) -> None:
    MailLink.objects.update(expires_at=database_now())


def leave(site: Site, lead: Lead) -> None:
    Site.objects.filter(pk=site.pk).update(recipients="other@example.com")


def disable(site: Site, lead: Lead) -> None:
    Site.objects.switch(site.pk, False, database_now())


def want_none(site: Site, lead: Lead) -> None:
    Site.objects.filter(pk=site.pk).update(mail_links=False)


def erase_reader(site: Site, lead: Lead) -> None:
    """The reader asked for a spa too, and asks to be forgotten."""
    theirs = make_failed_lead(site=site, data={"contact_name": "D", "email": READER.upper()})
    erase_person(Lead.objects.filter(pk=theirs.pk))


def erase_lead(site: Site, lead: Lead) -> None:
    erase(Lead.objects.filter(pk=lead.pk))


Death = Callable[[Site, Lead], None]
DEATHS: list[Death] = [expire, leave, disable, want_none, erase_reader]


@pytest.mark.parametrize("death", [*DEATHS, erase_lead])
@pytest.mark.parametrize("tail", ["{pk}/", "{pk}/entered/", "{pk}/no-lead/", "{pk}/take-back/"])
def test_a_dead_link_opens_nothing_and_does_nothing(
    site: Site, lead: Lead, opened: Client, token: str, death: Death, tail: str
) -> None:
    death(site, lead)
    address = f"/act/{token}/{tail.format(pk=lead.pk)}"

    answer = opened.get(address) if tail == "{pk}/" else opened.post(address, {"note": "spam"})

    assert answer.status_code == 404
    assert "Fortin" not in answer.content.decode()
    lead.refresh_from_db()
    assert not lead.events.exclude(kind="erased").exists()


@pytest.mark.parametrize("death", DEATHS)
def test_it_asks_nobody_for_a_code(
    site: Site, lead: Lead, client: Client, token: str, death: Death
) -> None:
    death(site, lead)

    assert client.post(f"/act/{token}/code/").status_code == 404
    assert client.get(f"/act/{token}/").status_code == 404
    assert not Notice.objects.exists()


@pytest.mark.parametrize("death", [leave, disable, want_none])
def test_what_died_stays_dead(
    site: Site, lead: Lead, opened: Client, token: str, death: Death
) -> None:
    death(site, lead)
    MailLink.objects.end(database_now())

    Site.objects.filter(pk=site.pk).update(recipients=READER, enabled=True, mail_links=True)

    assert opened.get(f"/act/{token}/").status_code == 404


def test_an_erased_lead_is_gone_from_a_link_whose_other_leads_are_there(site: Site) -> None:
    gone, stays = make_failed_lead(site=site), make_failed_lead(site=site)
    token = MailLink.objects.issue(site, READER, [gone.pk, stays.pk], database_now())
    opened = opened_by(token)

    erase(Lead.objects.filter(pk=gone.pk))

    assert opened.get(f"/act/{token}/{gone.pk}/").status_code == 404
    assert opened.get(f"/act/{token}/{stays.pk}/").status_code == 200
    assert [row.lead_id for row in LinkedLead.objects.all()] == [stays.pk]


def test_a_link_ends_with_the_last_of_its_leads(site: Site, lead: Lead, token: str) -> None:
    erase_lead(site, lead)

    assert not MailLink.objects.exists()


def test_a_lead_of_the_readers_own_that_is_old_ends_nothing(
    site: Site, lead: Lead, token: str
) -> None:
    theirs = make_failed_lead(site=site, data={"contact_name": "D", "email": READER})

    erase(Lead.objects.filter(pk=theirs.pk))  # as retention does

    assert MailLink.objects.opened_by(token, database_now())


def test_a_link_that_lives_is_left_alone(site: Site, lead: Lead, token: str) -> None:
    assert MailLink.objects.end(database_now()) == 0
    assert MailLink.objects.exists()


def test_readers_go_when_neither_link_nor_browser_is_left(
    site: Site, lead: Lead, token: str
) -> None:
    now = database_now()
    opened_by(token)

    MailLink.objects.end(now + LINK_FOR - timedelta(minutes=1))
    assert Reader.objects.count() == MailLink.objects.count() == 1
    MailLink.objects.end(now + LINK_FOR + timedelta(minutes=1))

    assert not Reader.objects.exists()
    assert not MailLink.objects.exists()


def test_who_is_told_by_no_site_any_more_is_forgotten_at_once(
    site: Site, lead: Lead, token: str, opened: Client
) -> None:
    leave(site, lead)

    MailLink.objects.end(database_now())

    assert not Reader.objects.exists()


def test_a_browser_is_known_when_the_next_mail_comes_though_no_link_was_left(
    site: Site, lead: Lead, token: str, opened: Client
) -> None:
    expire(site, lead)
    MailLink.objects.end(database_now())

    newer = MailLink.objects.issue(site, READER, [lead.pk], database_now())

    assert "Fortin" in opened.get(f"/act/{newer}/").content.decode()


def test_a_link_shows_no_lead_of_another_site(site: Site, lead: Lead) -> None:
    foreign = make_failed_lead(site=make_site())
    token = MailLink.objects.issue(site, READER, [lead.pk, foreign.pk], database_now())

    opened = opened_by(token)

    assert opened.get(f"/act/{token}/{foreign.pk}/").status_code == 404
