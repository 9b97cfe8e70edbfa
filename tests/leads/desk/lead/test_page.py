"""The page of one lead, and of its evidence."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leads.delivery.gateway import get_gateway
from leads.desk.kit.formatting import label
from leads.desk.lead.data_rows import data_rows
from leads.desk.lead.timeline import timeline
from leads.models import Destination, Lead, LeadEvent, Revision, Site
from notifications.models import Notice
from tests.factories import make_call, make_failed_lead, make_lead, make_log, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat
from zoho.models import Mapping

PAUSED = "Waits for Zoho CRM: sending is paused (Zoho did not answer)"
EVIL = "<script>alert(1)</script>"


def page_of(client: Client, lead: Lead, kind: str = "lead") -> str:
    """The HTML of a lead's page."""
    return client.get(reverse(f"admin:leads_{kind}_change", args=[lead.pk])).content.decode()


def test_it_names_the_reason_and_what_to_do(viewer: Client) -> None:
    page = page_of(viewer, make_failed_lead(reason="too_long", reason_field="Zip_Code"))

    assert "Value too long for the Zoho field: Zip_Code" in page
    assert "Correct the value with Edit and retry" in page


def test_it_is_found_in_the_failed_table_even_after_delivery(viewer: Client) -> None:
    assert "Delivered" in page_of(viewer, make_lead(status="delivered"), kind="failedlead")


def test_a_lead_that_is_not_there_leads_to_the_list(viewer: Client) -> None:
    answer = viewer.get("/admin/leads/lead/999/change/")

    assert answer.headers["Location"] == "/admin/leads/lead/"


def test_it_shows_known_fields_first(viewer: Client) -> None:
    lead = make_failed_lead(data={"utm_source": "mail", "city": "Calgary", "contact_name": "Ana"})

    page = page_of(viewer, lead)

    assert page.index("Contact name") < page.index("City") < page.index("utm_source")


def test_its_story_is_told_newest_first(viewer: Client) -> None:
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


def test_it_was_received_before_a_rule_held_it_in_the_same_instant(viewer: Client) -> None:
    lead = make_failed_lead()
    make_log(lead, created_at=lead.received_at)

    assert timeline(lead, make_user())[-1].title == "Received"


def test_an_attempt_shows_its_exchange_and_api_log_id(viewer: Client) -> None:
    lead = make_failed_lead()
    call = make_call(request='{"data": []}', response='{"code": "NOPE"}', status=202)
    log = make_log(lead, call=call, status=202, record={"Last_Name": "Ana"}, answer="no")

    page = flat(page_of(viewer, lead))

    assert f"API log {log.pk}" in page
    assert "HTTP 202" in page
    assert "&quot;Last_Name&quot;: &quot;Ana&quot;" in page
    assert "NOPE" in page


def test_a_correction_shows_what_was_changed(viewer: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Ana", "zip": "too long"}, revision=1)
    Revision.objects.create(lead=lead, number=1, data={"contact_name": "Ana", "zip": "1"})

    page = page_of(viewer, lead)

    assert "<del>too long</del>" in page
    assert "<ins>1</ins>" in page


def test_a_queued_lead_names_its_next_attempt(viewer: Client) -> None:
    page = page_of(viewer, make_lead(due_at=timezone.now() + timedelta(minutes=9, seconds=30)))

    assert "Next automatic attempt" in page
    assert "in 9 min" in page


def test_a_settled_lead_offers_no_decision(boss: Client) -> None:
    page = page_of(boss, make_lead(status="delivered"))

    for button in ("Retry now", "Edit and retry", "Discard", "Send anyway"):
        assert button not in page


def test_send_anyway_is_offered_for_duplicates_only(support: Client) -> None:
    duplicate = make_failed_lead(reason="duplicate_email")

    assert "Send anyway</button>" in page_of(support, duplicate)
    assert "Send anyway</button>" not in page_of(support, make_failed_lead(reason="too_long"))


# --- The field that is at fault --------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "data", "name"),
    [
        ("Zip_Code", {"contact_name": "Ana", "zip": "far too long"}, "zip"),
        ("Last_Name", {"contact_name": "Ana"}, "contact_name"),
        ("Company, Email", {"contact_name": "Ana", "email": "x"}, "email"),
        ("contact_name", {"email": "x@example.com"}, "contact_name"),
        ("Phone", {"contact_name": "Ana"}, "phone"),
    ],
)
def test_the_field_that_zoho_complained_of_is_marked_by_our_name(
    viewer: Client, field: str, data: dict[str, str], name: str
) -> None:
    page = page_of(viewer, make_failed_lead(data=data, reason_field=field))

    marked = re.findall(r'<tr class="guilty"><th scope="row">([^<]*)', page)
    assert label(name) in [text.strip() for text in marked]


def test_a_mapping_of_the_site_decides_which_field_is_marked(viewer: Client, site: Site) -> None:
    rules = [{"source": "person.family", "target": "Last_Name"}]
    Mapping.objects.create(site=site, rules=rules)
    lead = make_failed_lead(
        site=site, data={"contact_name": "Ana", "person": {"family": "x"}}, reason_field="Last_Name"
    )

    rows = {
        row.name: row.guilty
        for row in data_rows(lead, get_gateway().preview(lead), make_user(is_superuser=True))
    }

    assert rows == {"contact_name": False, "person": True}


# --- Beside it -------------------------------------------------------------------------------


def beside(client: Client, lead: Lead, kind: str = "failedlead", filters: str = "") -> list[int]:
    """The ids of the leads before and after."""
    query = {"_changelist_filters": filters} if filters else {}
    answer = client.get(reverse(f"admin:leads_{kind}_change", args=[lead.pk]), query)
    links = (answer.context["beside"].previous, answer.context["beside"].next)
    return [int(re.findall(r"/(\d+)/change/", link)[0]) if link else 0 for link in links]


def test_previous_and_next_follow_the_failed_table(viewer: Client) -> None:
    now = timezone.now()
    old, middle, new = (
        make_failed_lead(failed_at=now - timedelta(minutes=m)) for m in (30, 20, 10)
    )
    make_lead(status="delivered")

    assert beside(viewer, middle) == [new.pk, old.pk]
    assert beside(viewer, new) == [0, middle.pk]
    assert beside(viewer, old) == [middle.pk, 0]


def test_previous_and_next_stay_in_the_filter(viewer: Client) -> None:
    now = timezone.now()
    wanted = [
        make_failed_lead(reason="too_long", failed_at=now - timedelta(minutes=m)) for m in (30, 10)
    ]
    here = make_failed_lead(reason="too_long", failed_at=now - timedelta(minutes=20))
    make_failed_lead(reason="refused", failed_at=now - timedelta(minutes=19))

    assert beside(viewer, here, filters="reason=too_long") == [wanted[1].pk, wanted[0].pk]


def test_the_list_hands_its_filter_on(viewer: Client) -> None:
    lead = make_failed_lead(reason="too_long")

    page = viewer.get("/admin/leads/failedlead/", {"reason": "too_long"}).content.decode()

    assert f'"{lead.pk}/change/?_changelist_filters=reason%3Dtoo_long' in page


def test_a_lead_that_was_retried_keeps_its_place(viewer: Client, support: Client) -> None:
    now = timezone.now()
    old, here, new = (make_failed_lead(failed_at=now - timedelta(minutes=m)) for m in (30, 20, 10))
    support.post(reverse("admin:leads_failedlead_retry", args=[here.pk]))

    assert beside(viewer, here) == [new.pk, old.pk]


def test_previous_and_next_of_all_leads_go_by_number(viewer: Client) -> None:
    first, second, third = make_lead(), make_failed_lead(), make_lead(status="delivered")

    assert beside(viewer, second, kind="lead") == [third.pk, first.pk]


# --- What comes, and what was told -----------------------------------------------------------


def test_a_lead_that_waits_says_which_try_is_next(viewer: Client) -> None:
    lead = make_lead(due_at=timezone.now() + timedelta(minutes=4, seconds=30), attempts=2)

    page = flat(page_of(viewer, lead))

    assert "in 4 min" in page
    assert "try 3 of 8" in page


def test_a_pause_is_named(viewer: Client, site: Site) -> None:
    Destination.objects.update(paused_at=timezone.now(), pause_reason="token_revoked")

    page = flat(page_of(viewer, make_lead(site=site)))

    assert "sending is paused (Zoho no longer accepts our credentials)" in page
    assert "until a person resumes it" in page


@pytest.mark.parametrize(
    ("lead_due", "destination", "site_pause", "says"),
    [
        # Minutes from now until each moment; None: no pause, "hand": until a person resumes.
        (9.5, None, None, "Next automatic attempt in 9 min"),
        (-5, None, None, "Waits for Zoho CRM: it leaves when its turn comes"),
        (-5, 3.5, None, f"{PAUSED}. Next automatic attempt in 3 min"),
        (9.5, 3.5, None, f"{PAUSED}. Next automatic attempt in 9 min"),
        (-5, 3.5, 7.5, f"{PAUSED}. Next automatic attempt in 7 min"),
        (-5, None, 7.5, "Waits for Arctic Spas: sending is paused"),
        (-5, -1, None, f"{PAUSED}. It is being tried whether"),
        (-5, "hand", 7.5, f"{PAUSED} until a person resumes it"),
    ],
)
def test_the_next_attempt_lies_ahead_or_says_what_it_waits_for(
    viewer: Client, site: Site, lead_due: float, destination: Any, site_pause: Any, says: str
) -> None:
    now = timezone.now()
    for model, ends in ((Destination, destination), (Site, site_pause)):
        if ends is not None:
            until = None if ends == "hand" else now + timedelta(minutes=ends)
            model.objects.update(paused_at=now, pause_reason="no_answer", paused_until=until)

    page = flat(page_of(viewer, make_lead(site=site, due_at=now + timedelta(minutes=lead_due))))

    said = " ".join(re.sub(r"<[^>]*>", " ", page[page.index('id="coming"') :][:600]).split())
    assert says in said
    assert " ago" not in said


def test_a_retry_offers_undo_until_it_is_sent(support: Client) -> None:
    lead = make_failed_lead()
    support.post(reverse("admin:leads_failedlead_retry", args=[lead.pk]))

    page = page_of(support, lead)

    assert "it leaves in <b data-left>" in page
    assert f'action="/admin/leads/failedlead/{lead.pk}/undo/"' in page
    assert "Retry now" not in page


def test_who_may_not_retry_is_not_offered_undo(support: Client, viewer: Client) -> None:
    lead = make_failed_lead()
    support.post(reverse("admin:leads_failedlead_retry", args=[lead.pk]))

    assert "/undo/" not in page_of(viewer, lead)


def test_a_discarded_lead_says_by_whom_and_until_when_it_can_be_taken_back(support: Client) -> None:
    lead = make_failed_lead()
    support.post(reverse("admin:leads_failedlead_discard", args=[lead.pk]), {"note": "spam"})

    page = flat(page_of(support, lead))

    assert "Discarded by support. It can be taken back until" in page
    assert "in 9 min" in page


def test_its_notices_are_part_of_its_story(boss: Client, viewer: Client) -> None:
    lead = make_failed_lead()
    now = timezone.now()
    Notice.objects.create(
        kind="lead_failed", lead=lead, recipient="sales@example.com", due_at=now, created_at=now,
        status="failed", error="mailbox full",
    )  # fmt: skip

    assert "mail to sales@example.com: given up (mailbox full)" in page_of(boss, lead)
    assert "sales@example.com" not in page_of(viewer, lead)


def test_comments_are_part_of_its_story_for_those_who_may_read_them(
    support: Client, manager: Client
) -> None:
    lead = make_failed_lead()
    address = reverse("admin:leads_failedlead_comment", args=[lead.pk])
    answer = support.post(address, {"comment": "Called back, @nobody"}, follow=True)

    assert "@nobody: nobody of that name may see the lead." in answer.content.decode()
    story = page_of(support, lead).partition("What happened")[2]
    assert "Called back" in story
    assert "support" in story
    assert "Called back" not in page_of(manager, lead)


@pytest.mark.parametrize("text", ["", " ", "x" * 501, "a\0b"])
def test_a_comment_that_cannot_be_kept_is_refused(support: Client, text: str) -> None:
    lead = make_failed_lead()

    support.post(reverse("admin:leads_failedlead_comment", args=[lead.pk]), {"comment": text})

    assert not lead.events.exists()


def test_a_second_correction_is_compared_with_the_first(support: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Ana", "zip": "one"}, revision=2)
    for number, code in ((1, "two"), (2, "three")):
        Revision.objects.create(lead=lead, number=number, data={"contact_name": "Ana", "zip": code})

    story = page_of(support, lead).partition("What happened")[2]

    assert "<del>two</del>" in story
    assert "<ins>three</ins>" in story


def test_the_call_can_be_copied_as_curl_without_a_token(boss: Client, viewer: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Ana Silva"})

    page = page_of(boss, lead)

    assert "curl -X POST" in page
    assert "Zoho-oauthtoken ***" in page
    assert "&quot;Last_Name&quot;: &quot;Silva&quot;" in page


def test_a_masked_page_has_no_json_no_bytes_and_no_curl(client: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Canary", "zip": "canary"})
    manager = client_of(make_user("manager", ("leads.view_lead",)))

    page = page_of(manager, lead)

    assert "anary" not in page
    assert "curl" not in page


def test_its_questions_do_not_grow_with_its_story(
    viewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lead = make_failed_lead()
    for _ in range(20):
        make_log(lead, call=make_call())
        LeadEvent.objects.create(lead=lead, kind="retried")

    with django_assert_max_num_queries(25):
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
def test_no_page_runs_what_a_lead_says(boss: Client, address: str) -> None:
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


def test_the_api_logs_are_filtered_by_code_reason_and_site(viewer: Client, site: Site) -> None:
    wanted = make_log(make_failed_lead(), reason="no_answer")
    make_log(make_failed_lead(), reason="refused")
    make_log(make_lead(status="delivered"), zoho_id="1")

    answer = viewer.get(
        "/admin/leads/apilog/", {"code": "13002", "reason": "no_answer", "site": str(site.pk)}
    )

    assert [log.pk for log in answer.context["cl"].result_list] == [wanted.pk]


def test_the_api_logs_are_found_by_the_number_of_their_lead(viewer: Client) -> None:
    lead = make_failed_lead()
    logs = [make_log(lead), make_log(lead)]
    make_log(make_failed_lead(pk=lead.pk + 1000))

    answer = viewer.get("/admin/leads/apilog/", {"q": lead.pk})

    assert {log.pk for log in answer.context["cl"].result_list} >= {log.pk for log in logs}


def test_a_duplicate_links_to_the_lead_that_came_first(viewer: Client) -> None:
    first = make_lead(status="delivered")
    lead = make_failed_lead(reason="duplicate_email", reason_text=f"Same e-mail as lead {first.pk}")

    page = page_of(viewer, lead)

    assert (
        f'<a href="/admin/leads/lead/{first.pk}/change/">Same e-mail as lead {first.pk}</a>' in page
    )
