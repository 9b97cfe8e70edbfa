"""Decisions by API: the desk's own, in the account's name and via the token's, each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leadops.accounts.models import ApiAnswer
from leadops.accounts.tokens.answers import forget
from leads.models import Lead, LeadEvent, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_user
from tests.leadops.api.conftest import Program

ANA = {"contact_name": "Ana Silva", "city": "A city too long"}


@pytest.fixture
def lead(site: Site) -> Lead:
    return make_failed_lead(site=site, data=ANA, reason=Reason.TOO_LONG, reason_field="City")


@pytest.mark.parametrize(
    ("name", "body", "status", "kind"),
    [
        ("retry", {}, "queued", "retried"),
        ("send_anyway", {}, "queued", "sent_anyway"),
        ("correct", {"revision": 0, "fields": {"city": "Bonn"}}, "queued", "corrected"),
        ("enter", {"revision": 0, "zoho_id": "61"}, "entered", "entered"),
        ("discard", {"note": "spam"}, "discarded", "discarded"),
        ("note", {"note": "Called back."}, "failed", "commented"),
        ("assign", {"user": "chief"}, "failed", "assigned"),
    ],
)
def test_a_decision_is_the_desks_in_the_accounts_name_via_the_token(
    chief: Program, lead: Lead, name: str, body: dict[str, Any], status: str, kind: str
) -> None:
    answer = chief.post(f"leads/{lead.pk}/{name}/", **body)

    assert (answer.status_code, answer.json()["changed"]) == (200, True)
    assert answer.json()["status"] == status
    event = LeadEvent.objects.get()
    assert (event.kind, event.user, event.via) == (kind, chief.user, "Script")
    assert event.who == "chief · via token Script"


def test_what_is_taken_back_is_as_it_was(chief: Program, lead: Lead) -> None:
    chief.post(f"leads/{lead.pk}/discard/", note="spam")

    answer = chief.post(f"leads/{lead.pk}/undo/")

    assert (answer.json()["status"], answer.json()["changed"]) == ("failed", True)


def test_a_correction_changes_single_fields_and_keeps_the_others(
    chief: Program, lead: Lead
) -> None:
    fields = {"city": None, "phone": "+49 30 5550001", "utm": {"source": "ad"}}

    chief.post(f"leads/{lead.pk}/correct/", revision=0, fields=fields)

    lead.refresh_from_db()
    after = {"contact_name": "Ana Silva", "phone": "+49 30 5550001", "utm": {"source": "ad"}}
    assert (lead.revision, dict(lead.current_data())) == (1, after)


@pytest.mark.parametrize(
    ("name", "body"),
    [("correct", {"fields": {"city": "Köln"}}), ("enter", {"zoho_id": "61"})],
)
def test_who_has_not_seen_the_newest_revision_decides_nothing(
    chief: Program, lead: Lead, name: str, body: dict[str, Any]
) -> None:
    chief.post(f"leads/{lead.pk}/correct/", revision=0, fields={"city": "Bonn"})

    answer = chief.post(f"leads/{lead.pk}/{name}/", revision=0, **body)

    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
    lead.refresh_from_db()
    assert (lead.revision, lead.status) == (1, "queued")


@pytest.mark.parametrize(
    ("name", "body", "at_fault"),
    [
        ("correct", {"revision": 0, "fields": {"contact_name": None}}, "contact_name"),
        ("correct", {"fields": {}}, "revision"),
        ("enter", {"revision": 0, "zoho_id": "<a>"}, "zoho_id"),
        ("discard", {"note": ""}, "note"),
        ("assign", {"user": "nobody"}, "user"),
        ("retry", {"force": True}, "force"),
    ],
)
def test_a_body_that_is_not_right_says_which_field(
    chief: Program, lead: Lead, name: str, body: dict[str, Any], at_fault: str
) -> None:
    answer = chief.post(f"leads/{lead.pk}/{name}/", **body)

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [at_fault]
    assert not LeadEvent.objects.exists()


# --- Once -----------------------------------------------------------------------------------------


def test_a_call_that_comes_again_is_answered_and_does_nothing(chief: Program, lead: Lead) -> None:
    answers = [chief.post(f"leads/{lead.pk}/note/", key="n1", note="Once.") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert [answer.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    assert LeadEvent.objects.count() == 1


def test_a_key_of_another_request_is_refused_and_of_another_token_is_another(
    chief: Program, lead: Lead
) -> None:
    chief.post(f"leads/{lead.pk}/note/", key="n1", note="Once.")

    reused = chief.post(f"leads/{lead.pk}/note/", key="n1", note="Twice.")
    another = Program(chief.user).post(f"leads/{lead.pk}/note/", key="n1", note="Twice.")

    assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
    assert another.status_code == 200


def test_what_was_refused_may_be_tried_again_with_the_same_key(chief: Program, lead: Lead) -> None:
    address = f"leads/{lead.pk}/assign/"
    refused = chief.post(address, key="a1", user="anna")
    make_user("anna", role="Support")

    again = chief.post(address, key="a1", user="anna")

    assert (refused.status_code, again.status_code) == (422, 200)


def test_an_answer_tells_of_nobody_and_goes_after_a_day(chief: Program, lead: Lead) -> None:
    chief.post(f"leads/{lead.pk}/correct/", key="c1", revision=0, fields={"city": "Bonn"})

    kept = ApiAnswer.objects.get()
    forget(None, timezone.now() + timedelta(hours=23))
    still = ApiAnswer.objects.count()
    forget(None, timezone.now() + timedelta(hours=25))

    assert set(kept.body) == {"id", "status", "reason", "revision", "changed"}
    assert (still, ApiAnswer.objects.count()) == (1, 0)
