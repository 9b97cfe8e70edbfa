"""The page of rejected submissions."""

from django.test import Client
from django.urls import reverse

from leads.models import Lead, RejectedSubmission
from tests.factories import make_failed_lead, make_lead, make_rejected, make_user
from tests.leads.desk.conftest import client_of

LIST = "admin:leads_rejectedsubmission_changelist"


def page_of(rejected: RejectedSubmission, name: str = "change") -> str:
    return reverse(f"admin:leads_rejectedsubmission_{name}", args=[rejected.pk])


def test_the_list_shows_site_and_why_in_plain_words(boss: Client) -> None:
    make_rejected(site=make_lead().site)

    content = boss.get(reverse(LIST)).content.decode()

    assert "Arctic Spas" in content
    assert "It could not be read" in content
    assert "JSON" not in content
    assert "ana@example.com" not in content


def test_the_list_is_filtered_by_answer(boss: Client) -> None:
    make_rejected(status=413, why="Too long by far.")
    make_rejected(status=400, why="Broken braces.")

    content = boss.get(reverse(LIST), {"code": "413"}).content.decode()

    assert "It was too large</td>" in content
    assert "It could not be read</td>" not in content


def test_an_empty_list_says_what_would_be_here(boss: Client) -> None:
    assert "Nothing was rejected" in boss.get(reverse(LIST)).content.decode()


def test_the_page_shows_what_was_sent_escaped(boss: Client) -> None:
    rejected = make_rejected(body="<script>alert(1)</script>")

    content = boss.get(page_of(rejected)).content.decode()

    assert "&lt;script&gt;alert(1)" in content
    assert "is not JSON" in content.partition("Technical details")[2]
    assert "<script>alert(1)" not in content


def test_who_may_not_see_people_does_not_see_what_was_sent(db: None) -> None:
    viewer = client_of(make_user("v", ("leads.view_rejectedsubmission",)))
    rejected = make_rejected()

    content = viewer.get(page_of(rejected)).content.decode()

    assert "ana@example.com" not in content
    assert "Take it as a lead" not in content
    assert viewer.get(page_of(rejected, "take")).status_code == 403


def test_the_form_is_filled_with_what_can_be_read(boss: Client) -> None:
    content = boss.get(page_of(make_rejected(), "take")).content.decode()

    assert 'value="Ana Silva"' in content
    assert 'value="ana@example.com"' in content


def test_the_form_makes_a_lead_once(boss: Client) -> None:
    rejected = make_rejected()
    data = {"contact_name": "Ana Silva", "others": "{}"}

    first = boss.post(page_of(rejected, "take"), data)
    second = boss.post(page_of(rejected, "take"), data)

    lead = Lead.objects.get()
    assert first.headers["Location"] == reverse("admin:leads_lead_change", args=[lead.pk])
    assert second.headers["Location"] == page_of(rejected)
    assert RejectedSubmission.objects.get().lead == lead
    assert f"lead {lead.pk}" in boss.get(page_of(rejected)).content.decode()


def test_a_form_without_a_name_is_shown_again(boss: Client) -> None:
    answer = boss.post(page_of(make_rejected(), "take"), {"contact_name": "", "others": "{}"})

    assert answer.status_code == 200
    assert "needs a contact name" in answer.content.decode()
    assert not Lead.objects.exists()


def test_odd_leads_say_so_on_their_page(boss: Client) -> None:
    lead = make_lead(flags="bad_email repaired")

    content = boss.get(reverse("admin:leads_lead_change", args=[lead.pk])).content.decode()

    assert "E-mail looks wrong" in content
    assert "Characters replaced" in content


def test_a_quarantined_lead_offers_release_instead_of_retry(boss: Client) -> None:
    lead = make_failed_lead(reason="quarantined")

    page = boss.get(reverse("admin:leads_lead_change", args=[lead.pk])).content.decode()
    table = boss.get(reverse("admin:leads_failedlead_changelist")).content.decode()

    assert ">Release<" in page
    assert "Retry now" not in page
    assert "Release<" in table
    assert ">Retry<span" not in table


def test_release_sends_a_quarantined_lead_and_retry_does_not(boss: Client) -> None:
    lead = make_failed_lead(reason="quarantined")

    boss.post(reverse("admin:leads_failedlead_retry", args=[lead.pk]))
    lead.refresh_from_db()
    assert lead.status == Lead.Status.FAILED

    boss.post(reverse("admin:leads_failedlead_release", args=[lead.pk]))
    lead.refresh_from_db()
    assert lead.status == Lead.Status.QUEUED
    assert lead.events.get().kind == "released"


def test_release_passes_no_other_rule(boss: Client) -> None:
    lead = make_failed_lead(reason="quarantined", data={"email": "ana@example.com"})

    boss.post(reverse("admin:leads_failedlead_release", args=[lead.pk]))

    lead.refresh_from_db()
    assert (lead.status, lead.reason) == (Lead.Status.FAILED, "missing_field")
