"""The page of one lead, and of its evidence."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import LeadEvent, Revision
from tests.factories import make_call, make_failed_lead, make_lead, make_log, make_site

EVIL = "<script>alert(1)</script>"


def page_of(client, lead, kind="lead") -> str:
    """The HTML of a lead's page."""
    return client.get(reverse(f"admin:leads_{kind}_change", args=[lead.pk])).content.decode()


def test_it_names_the_reason_and_what_to_do(viewer):
    page = page_of(viewer, make_failed_lead(reason="too_long", reason_field="Zip_Code"))

    assert "Value too long for the Zoho field: Zip_Code" in page
    assert "Correct the value with Edit and retry" in page


def test_it_is_found_in_the_failed_table_even_after_delivery(viewer):
    assert "Delivered" in page_of(viewer, make_lead(status="delivered"), kind="failedlead")


def test_a_lead_that_is_not_there_leads_to_the_list(viewer):
    answer = viewer.get("/admin/leads/lead/999/change/")

    assert answer.url == "/admin/leads/lead/"


def test_it_shows_known_fields_first(viewer):
    lead = make_failed_lead(data={"utm_source": "mail", "city": "Calgary", "contact_name": "Ana"})

    page = page_of(viewer, lead)

    assert page.index("Contact name") < page.index("City") < page.index("utm_source")


def test_its_story_is_told_newest_first(viewer):
    now = timezone.now()
    lead = make_failed_lead(received_at=now - timedelta(hours=1))
    make_log(lead, created_at=now - timedelta(minutes=50), reason="no_answer")
    make_log(lead, created_at=now - timedelta(minutes=5), reason="refused")
    LeadEvent.objects.create(lead=lead, kind="retried")

    story = page_of(viewer, lead).partition("What happened")[2]

    places = [
        story.index(words)
        for words in ("Retried", "Zoho refused the record", "Zoho did not answer", "Received")
    ]
    assert places == sorted(places)


def test_an_attempt_shows_its_exchange_and_api_log_id(viewer):
    lead = make_failed_lead()
    call = make_call(request='{"data": []}', response='{"code": "NOPE"}', status=202)
    log = make_log(lead, call=call, status=202, record={"Last_Name": "Ana"}, answer="no")

    page = page_of(viewer, lead)

    assert f"API log {log.pk}" in page
    assert "HTTP 202" in page
    assert "&quot;Last_Name&quot;: &quot;Ana&quot;" in page
    assert "NOPE" in page


def test_a_correction_shows_what_was_changed(viewer):
    lead = make_failed_lead(data={"contact_name": "Ana", "zip": "too long"}, revision=1)
    Revision.objects.create(lead=lead, number=1, data={"contact_name": "Ana", "zip": "1"})

    page = page_of(viewer, lead)

    assert "<del>too long</del>" in page
    assert "<ins>1</ins>" in page


def test_a_queued_lead_names_its_next_attempt(viewer):
    page = page_of(viewer, make_lead(due_at=timezone.now() + timedelta(minutes=9, seconds=30)))

    assert "Next automatic attempt" in page
    assert "in 9 min" in page


def test_a_settled_lead_offers_no_decision(boss):
    page = page_of(boss, make_lead(status="delivered"))

    for button in ("Retry now", "Edit and retry", "Discard", "Send anyway"):
        assert button not in page


def test_send_anyway_is_offered_for_duplicates_only(support):
    duplicate = make_failed_lead(reason="duplicate_email")

    assert "Send anyway</button>" in page_of(support, duplicate)
    assert "Send anyway</button>" not in page_of(support, make_failed_lead(reason="too_long"))


def test_its_questions_do_not_grow_with_its_story(viewer, django_assert_max_num_queries):
    lead = make_failed_lead()
    for _ in range(20):
        make_log(lead, call=make_call())
        LeadEvent.objects.create(lead=lead, kind="retried")

    with django_assert_max_num_queries(17):
        page_of(viewer, lead)


@pytest.mark.parametrize(
    "address",
    [
        "/admin/leads/failedlead/",
        "/admin/leads/lead/",
        "/admin/leads/lead/{lead}/change/",
        "/admin/leads/failedlead/{lead}/correct/",
        "/admin/leads/apilog/",
        "/admin/leads/apilog/{log}/change/",
        "/admin/leads/apicall/{call}/change/",
        "/admin/",
    ],
)
def test_no_page_runs_what_a_lead_says(boss, address):
    lead = make_failed_lead(
        site=make_site(name=f"Site {EVIL}"),
        data={
            **dict.fromkeys(("contact_name", "email", "phone", "company", "message"), EVIL),
            EVIL: {EVIL: EVIL},
        },
        reason_field=EVIL,
        reason_text=EVIL,
        page=EVIL,
        content_type=EVIL,
        revision=1,
    )
    Revision.objects.create(lead=lead, number=1, data={EVIL: EVIL, "contact_name": EVIL})
    LeadEvent.objects.create(lead=lead, kind="discarded", note=EVIL)
    call = make_call(request=EVIL, response=f'{{"a": "{EVIL}"}}', error=EVIL)
    log = make_log(
        lead, call=call, reason_field=EVIL, reason_text=EVIL, answer=EVIL, record={EVIL: EVIL},
        repairs=[EVIL],
    )  # fmt: skip

    page = boss.get(address.format(lead=lead.pk, log=log.pk, call=call.pk)).content.decode()

    assert "<script>alert" not in page
    assert "</textarea><script" not in page


def test_the_api_logs_are_narrowed_by_code_reason_and_site(viewer, site):
    wanted = make_log(make_failed_lead(), reason="no_answer")
    make_log(make_failed_lead(), reason="refused")
    make_log(make_lead(status="delivered"), zoho_id="1")

    answer = viewer.get(
        "/admin/leads/apilog/", {"code": "13002", "reason": "no_answer", "site": site.pk}
    )

    assert [log.pk for log in answer.context["cl"].result_list] == [wanted.pk]


def test_the_api_logs_are_found_by_the_number_of_their_lead(viewer):
    lead = make_failed_lead()
    logs = [make_log(lead), make_log(lead)]
    make_log(make_failed_lead(pk=lead.pk + 1000))

    answer = viewer.get("/admin/leads/apilog/", {"q": lead.pk})

    assert {log.pk for log in answer.context["cl"].result_list} >= {log.pk for log in logs}


def test_a_duplicate_links_to_the_lead_that_came_first(viewer):
    first = make_lead(status="delivered")
    lead = make_failed_lead(reason="duplicate_email", reason_text=f"Same e-mail as lead {first.pk}")

    page = page_of(viewer, lead)

    assert (
        f'<a href="/admin/leads/lead/{first.pk}/change/">Same e-mail as lead {first.pk}</a>' in page
    )
