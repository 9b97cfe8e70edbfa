"""Erasing takes the person out of a lead, and leaves that it existed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.db import models
from django.utils import timezone

from leads.counters.deltas import totals
from leads.data import Reading
from leads.decisions import retry
from leads.decisions.correct import correct
from leads.delivery.finish import finish
from leads.delivery.reclaim import reclaim
from leads.intake.recognise.reading import read_as
from leads.models import (
    ApiCall,
    ApiLog,
    Lead,
    LeadEvent,
    RejectedSubmission,
    Revision,
    SearchToken,
    Site,
    Source,
    SourceAddress,
    UnknownPost,
)
from leads.privacy.erase import erase, erase_person
from leads.privacy.person import as_document
from tests.factories import (
    make_call,
    make_failed_lead,
    make_lead,
    make_log,
    make_rejected,
    make_user,
)
from tests.fakes import EVERY_OUTCOME, REFUSED, STORED
from tests.leads.conftest import Claim

CANARY = "kanarienvogel"
DATA = {"contact_name": f"{CANARY} Silva", "email": f"{CANARY}@example.com", "phone": f"+{CANARY}"}


def everything() -> str:
    """All rows that tell of leads, as text."""
    rows = [*Lead.objects.all(), *ApiLog.objects.all(), *ApiCall.objects.all()]
    rows += [*Revision.objects.all(), *LeadEvent.objects.all()]
    tokens = " ".join(SearchToken.objects.values_list("token", flat=True))
    bodies = " ".join(bytes(lead.body).decode() for lead in Lead.objects.all())
    return str(serializers.serialize("json", rows)) + bodies + tokens


def just(lead: Lead) -> Any:
    return Lead.objects.filter(pk=lead.pk)


@pytest.fixture
def story(site: Site) -> Lead:
    """A lead with everything that can tell of its person."""
    lead = make_failed_lead(
        site=site,
        data=DATA,
        page=f"https://shop.example/{CANARY}",
        idempotency_key=f"{CANARY}-1",
        reason_text=f"“{CANARY}” is too long",
    )
    filled = {"Company": f"Boats {CANARY}", "Secondary_Email": f"two@{CANARY}.example"}
    correct(lead.pk, Reading(DATA | {"message": CANARY}, filled), make_user("ben"))
    now = timezone.now()
    Lead.objects.filter(pk=lead.pk).update(
        status="failed",
        due_at=None,
        queued_at=None,
        settled_at=now,
        failed_at=now,
        reason="refused",
    )
    call = make_call(request=CANARY, response=CANARY)
    make_log(
        lead, call=call, answer=CANARY, record=DATA, repairs=[CANARY], reason_text=f"{CANARY}?"
    )
    LeadEvent.objects.create(lead=lead, kind=LeadEvent.Kind.RETRIED, note=CANARY)
    lead.refresh_from_db()
    return lead


def test_nothing_tells_of_the_person_any_more(story: Lead) -> None:
    assert everything().count(CANARY) > 10
    assert {"boats", f"{CANARY}.example"} <= set(story.tokens.values_list("token", flat=True))

    assert erase(just(story)) == 1

    assert CANARY not in everything()


def test_what_is_left_is_a_tombstone(story: Lead) -> None:
    erase(just(story))

    left = Lead.objects.get(pk=story.pk)
    assert (left.reference, left.site_id, left.received_at) == (
        story.reference,
        story.site_id,
        story.received_at,
    )
    assert left.erased_at is not None
    assert left.current_data() == {}


@pytest.mark.parametrize("status", ["queued", "failed"])
def test_a_lead_that_waits_is_discarded_by_it(site: Site, status: str) -> None:
    lead = make_lead(site=site, status=status)

    erase(just(lead))

    lead.refresh_from_db()
    assert (lead.status, lead.due_at) == ("discarded", None)


@pytest.mark.parametrize("status", ["delivered", "entered", "discarded"])
def test_a_settled_lead_stays_what_it_became(site: Site, status: str) -> None:
    lead = make_lead(site=site, status=status)

    erase(just(lead))

    lead.refresh_from_db()
    assert lead.status == status


def test_figures_still_equal_a_recount(site: Site) -> None:
    for status in Lead.Status.values:
        make_lead(site=site, status=status)

    erase(Lead.objects.all())

    found = Counter(Lead.objects.values_list("status", flat=True))
    assert totals().received == 6
    assert {status: n for status, n in totals().leads.items() if n} == dict(found)


def test_erasing_twice_changes_nothing_and_is_told_once(story: Lead) -> None:
    erase(just(story))

    assert erase(just(story)) == 0
    assert story.events.filter(kind=LeadEvent.Kind.ERASED).count() == 1


def test_who_erased_is_noted(story: Lead) -> None:
    eva = make_user("eva")

    erase(just(story), eva)

    assert story.events.get(kind=LeadEvent.Kind.ERASED).user == eva


def test_other_leads_and_their_calls_are_left_alone(story: Lead, site: Site) -> None:
    other = make_failed_lead(site=site, data=DATA)
    make_log(other, call=make_call(request="theirs"), answer="theirs")

    erase(just(story))

    other.refresh_from_db()
    assert other.data == DATA
    assert ApiCall.objects.get(logs__lead=other).request == "theirs"


def test_the_other_calls_of_its_claim_are_blanked_too(site: Site, claimed: Claim) -> None:
    lead = make_lead(site=site, data=DATA)
    batch = claimed()
    make_call(kind=ApiCall.Kind.READ, claim=batch.token, request=CANARY)
    finish(batch, [REFUSED], 0.5)

    erase(just(lead))

    assert CANARY not in everything()


@pytest.mark.parametrize("outcome", EVERY_OUTCOME, ids=lambda one: one.verdict.name)
def test_what_a_call_under_way_comes_to_is_written_without_the_person(
    site: Site, claimed: Claim, outcome: Any
) -> None:
    lead = make_lead(site=site, data=DATA)
    batch = claimed()
    erase(just(lead))
    batch.call.request = batch.call.response = CANARY
    words = {"text": CANARY, "answer": CANARY, "record": DATA, "repairs": [CANARY]}

    finish(batch, [outcome.__class__(**{**vars(outcome), **words})], 0.5)

    lead.refresh_from_db()
    assert lead.status == ("delivered" if outcome is STORED else "discarded")
    assert CANARY not in everything()
    assert totals().leads[lead.status] == 1


def test_a_worker_that_died_with_it_does_not_send_it_again(site: Site, claimed: Claim) -> None:
    lead = make_lead(site=site, data=DATA)
    claimed()
    erase(just(lead))
    Lead.objects.update(due_at=timezone.now() - timedelta(minutes=5))

    reclaim()

    lead.refresh_from_db()
    assert lead.status == "discarded"
    assert totals().leads["discarded"] == 1


def test_an_erased_lead_cannot_be_sent_or_corrected(story: Lead) -> None:
    erase(just(story))
    eva = make_user("eva")

    assert retry.retry(just(story), eva) == 0
    assert correct(story.pk, {"contact_name": "Eva"}, eva) is None


def test_the_document_is_plain_json(story: Lead) -> None:
    [document] = json.loads(json.dumps(as_document(just(story))))

    assert document["data"] == DATA
    assert document["corrections"][0]["data"]["message"] == CANARY
    assert document["attempts"][-1]["record_sent"] == DATA


def test_a_form_tools_lead_goes_with_its_reading_and_its_traces(site: Site) -> None:
    source = Source.objects.create(site=site, name="Form", chosen={"contact_name": "1.3"})
    SourceAddress.objects.issue(source, timezone.now())
    read = read_as({"1.3": f"{CANARY} Silva", "e": f"{CANARY}@example.com"}, source.chosen)
    body = f'{{"1.3": "{CANARY} Silva"'
    lead = make_lead(site=site, webhook_source=source, reading=read.as_json(), source="webhook")
    kept = [make_rejected(site=site, webhook_source=source, body=body) for _ in range(2)]
    now = timezone.now()
    RejectedSubmission.objects.filter(pk=kept[0].pk).update(lead=lead, taken_at=now)
    UnknownPost.objects.create(
        door="webhook", beginning="abcdef", day=timezone.now().date(), last_at=timezone.now()
    )

    erase_person(just(lead), [kept[1].pk])

    left = [*Source.objects.all(), *SourceAddress.objects.all(), *UnknownPost.objects.all()]
    left += RejectedSubmission.objects.all()
    assert CANARY not in everything() + serializers.serialize("json", left)
    lead.refresh_from_db()
    assert (lead.reading, lead.webhook_source) == (None, source)
    assert {type(row) for row in left} == {Source, SourceAddress, UnknownPost}


def test_no_table_of_who_sends_has_room_for_a_person() -> None:
    # What is posted stands in leads and their traces alone, which are erased.
    known = {
        Source: {"name", "tool", "chosen", "verify_token", "tool_key", "signature_secret"}
        | {"signature_header", "signature_algorithm", "signature_encoding"},
        SourceAddress: {"digest", "secret"},
        UnknownPost: {"door", "beginning"},
    }
    texts: Any = (models.CharField, models.TextField, models.JSONField)

    for model, names in known.items():
        found = {one.name for one in model._meta.fields if isinstance(one, texts)}
        assert found == names
