"""The person behind a lead: handed over or erased from one page."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Lead, LeadEvent, RejectedSubmission
from tests.factories import make_failed_lead, make_lead, make_rejected, make_site
from tests.responses import flat

ANA = {"contact_name": "Ana Silva", "email": "ana@example.com", "phone": "+351 1"}


@pytest.fixture
def ana() -> Lead:
    return make_failed_lead(data=ANA)


def page(lead: Lead) -> str:
    return reverse("admin:leads_lead_person", args=[lead.pk])


def test_the_page_lists_every_lead_of_the_person(boss: Client, ana: Lead) -> None:
    by_mail = make_lead(data=ANA | {"phone": ""})
    by_phone = make_lead(data={"contact_name": "Eva", "phone": "+351 1"})
    other = make_lead()

    text = flat(boss.get(page(ana)).content.decode())

    assert f'value="{ana.pk}" checked' in text
    assert f'value="{by_mail.pk}" checked' in text
    assert f'value="{by_phone.pk}">' in text  # a number may be a company's
    assert f'value="{other.pk}"' not in text


def test_handing_over_gives_all_data_and_is_noted(boss: Client, ana: Lead) -> None:
    answer = boss.post(page(ana), {"leads": [ana.pk], "handover": "yes"})

    [lead] = answer.json()
    assert (lead["id"], lead["data"]) == (ana.pk, ANA)
    assert "ana" not in answer["Content-Disposition"].lower().replace("person-of-lead", "")
    assert ana.events.get().kind == LeadEvent.Kind.EXPORTED


def test_erasing_asks_for_the_word(boss: Client, ana: Lead) -> None:
    answer = boss.post(page(ana), {"leads": [ana.pk], "erase": "yes", "word": "erase"})

    ana.refresh_from_db()
    assert b"Type ERASE, in capital letters." in answer.content
    assert ana.erased_at is None


def test_erasing_takes_the_ticked_leads_only(boss: Client, ana: Lead) -> None:
    kept = make_lead(data=ANA)

    boss.post(page(ana), {"leads": [ana.pk], "erase": "yes", "word": "ERASE"})

    ana.refresh_from_db()
    kept.refresh_from_db()
    assert (ana.email, kept.email) == ("", "ana@example.com")


def test_somebody_elses_lead_cannot_be_slipped_in(boss: Client, ana: Lead) -> None:
    other = make_lead()

    boss.post(page(ana), {"leads": [other.pk], "erase": "yes", "word": "ERASE"})

    other.refresh_from_db()
    assert other.erased_at is None


def test_what_is_left_outside_is_said(boss: Client) -> None:
    ana = make_lead(data=ANA, status="delivered", zoho_id="61001")

    answer = boss.post(page(ana), {"leads": [ana.pk], "erase": "yes", "word": "ERASE"}, follow=True)

    assert "Erase in Zoho too, by hand: 61001" in answer.content.decode()
    assert "nothing of the person is kept" in answer.content.decode()


def test_an_erased_lead_has_no_person(boss: Client, ana: Lead) -> None:
    boss.post(page(ana), {"leads": [ana.pk], "erase": "yes", "word": "ERASE"})

    assert boss.get(page(ana)).status_code == 404


@pytest.mark.parametrize("who", ["support", "viewer", "newcomer"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_may(request: pytest.FixtureRequest, ana: Lead, who: str, method: str) -> None:
    client = request.getfixturevalue(who)

    answer = getattr(client, method)(page(ana), {"leads": [ana.pk], "handover": "yes"})

    assert answer.status_code == 403


# --- What was rejected ------------------------------------------------------------------------


def erase(boss: Client, lead: Lead, *rejected: RejectedSubmission) -> None:
    ticked = [one.pk for one in rejected]
    data = {"leads": [lead.pk], "erase": "yes", "word": "ERASE", "rejected": ticked}
    boss.post(page(lead), data)


def test_what_may_be_the_persons_is_shown_with_its_site_and_not_ticked(
    boss: Client, ana: Lead
) -> None:
    theirs = make_rejected(site=make_site(name="Boats"), body="phone=%2B351+1&city=Rome")
    make_rejected(body='{"email": "ana@example.com"')
    make_rejected(body="phone=%2B351+2")

    text = flat(boss.get(page(ana)).content.decode())

    assert re.findall(r'name="rejected" value="(\d+)"([^>]*)>', text) == [(str(theirs.pk), "")]
    assert "Boats" in text
    assert "Rome" not in text


def test_what_is_ticked_is_deleted_and_the_rest_stays(boss: Client, ana: Lead) -> None:
    theirs, ours = (make_rejected(body="phone=%2B351+1") for _ in range(2))
    make_rejected(body='{"email": "ana@example.com"')

    erase(boss, ana, ours)

    assert RejectedSubmission.objects.get() == theirs


def test_what_does_not_name_the_person_cannot_be_slipped_in(boss: Client, ana: Lead) -> None:
    other = make_rejected(body="phone=%2B351+2")

    erase(boss, ana, other)

    ana.refresh_from_db()
    assert ana.erased_at is None
    assert RejectedSubmission.objects.get() == other


def test_without_doubt_nothing_is_asked(boss: Client, ana: Lead) -> None:
    make_rejected(body='{"email": "ana@example.com"')

    assert "Perhaps" not in boss.get(page(ana)).content.decode()
