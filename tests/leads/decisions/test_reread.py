"""Reading a lead anew: a person says which of two values is the name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.data import columns
from leads.decisions.bulk.run import queue_chunk, start
from leads.decisions.correct import correct
from leads.decisions.reread import choices_of, reread
from leads.decisions.retry import retry
from leads.intake.recognise.reading import read_as
from leads.models import Lead, LeadEvent, Site, Source
from leads.reasons import Reason
from leads.selection import LeadFilter
from tests.factories import make_failed_lead, make_lead, make_user

pytestmark = pytest.mark.django_db

TWO = {"a": {"full name": "Ada Lovelace"}, "b": {"full name": "Bob Stone"}, "mail": "A@example.com"}
CHOICE = {"contact_name": "b.full name"}


@pytest.fixture
def ben() -> User:
    return make_user("ben")


@pytest.fixture
def source(site: Site) -> Source:
    return Source.objects.create(site=site, name="Form")


@pytest.fixture
def unclear(source: Source) -> Lead:
    return make_unclear(source)


def make_unclear(source: Source, **values: Any) -> Lead:
    """A lead of the source of which two values could be the name."""
    read = read_as(TWO)
    lead = make_failed_lead(site=source.site, data=TWO, reason=Reason.UNCLEAR, **values)
    lead.webhook_source, lead.reading = source, read.as_json()
    for name, value in columns(read.fields).items():
        setattr(lead, name, value)
    lead.save()
    return lead


def test_a_choice_gives_a_lead_its_name_and_what_arrived_stays(unclear: Lead, ben: User) -> None:
    assert reread(unclear, CHOICE, ben)

    lead = Lead.objects.get()
    assert (lead.name, lead.email, lead.data) == ("Bob Stone", "a@example.com", TWO)
    assert lead.current_data()["contact_name"] == unclear.current_data()["contact_name"]
    assert (lead.status, lead.unclear) == ("failed", {})


def test_who_chose_what_is_written_on_the_lead_and_no_value_of_it(unclear: Lead, ben: User) -> None:
    reread(unclear, CHOICE, ben)

    event = LeadEvent.objects.get()
    assert (event.user, event.note) == (ben, "Read anew: b.full name is the contact name.")


def test_a_choice_that_changes_nothing_leaves_no_trace(unclear: Lead, ben: User) -> None:
    reread(unclear, CHOICE, ben)

    assert not reread(unclear, CHOICE, ben)
    assert LeadEvent.objects.count() == 1


def test_a_further_choice_keeps_those_of_before(unclear: Lead, ben: User) -> None:
    reread(unclear, CHOICE, ben)
    reread(unclear, choices_of(unclear) | {"phone": "a.full name"}, ben)

    assert (unclear.name, unclear.phone) == ("Bob Stone", "Ada Lovelace")


def test_flags_go_by_the_fields_as_they_are_now(unclear: Lead, ben: User) -> None:
    Lead.objects.update(flags="no_contact guessed_type")
    reread(unclear, CHOICE, ben)

    assert Lead.objects.get().flags == "guessed_type"


@pytest.mark.parametrize("status", ["sending", "delivered"])
def test_a_lead_that_is_sent_or_settled_is_left_alone(
    status: str, source: Source, ben: User
) -> None:
    lead = make_lead(site=source.site, data=TWO, status=status, reading=read_as(TWO).as_json())

    assert not reread(lead, CHOICE, ben)


def test_a_corrected_lead_goes_by_its_correction(unclear: Lead, ben: User) -> None:
    correct(unclear.pk, {"contact_name": "Cy Young"}, ben)

    assert not reread(unclear, CHOICE, ben)
    assert Lead.objects.get().name == "Cy Young"


def retry_one(lead: Lead, user: User) -> None:
    retry(Lead.objects.filter(pk=lead.pk), user)


def retry_in_bulk(lead: Lead, user: User) -> None:
    bulk, _new = start(LeadFilter(), user)
    queue_chunk(bulk.pk)


RETRIES = pytest.mark.parametrize("send_again", [retry_one, retry_in_bulk])


@RETRIES
def test_a_retry_reads_by_what_was_chosen_for_the_source(
    send_again: Callable[[Lead, User], None], unclear: Lead, ben: User
) -> None:
    Source.objects.update(chosen=CHOICE)

    send_again(Lead.objects.get(), ben)

    lead = Lead.objects.get()
    assert (lead.status, lead.name) == ("queued", "Bob Stone")


@RETRIES
def test_a_retry_without_a_choice_fails_as_unclear_again(
    send_again: Callable[[Lead, User], None], unclear: Lead, ben: User
) -> None:
    send_again(Lead.objects.get(), ben)

    lead = Lead.objects.get()
    assert (lead.status, lead.reason, lead.reason_field) == ("failed", "unclear", "contact_name")


@RETRIES
def test_a_retry_keeps_a_choice_for_the_lead(
    send_again: Callable[[Lead, User], None], unclear: Lead, ben: User
) -> None:
    reread(unclear, {"contact_name": "a.full name"}, ben)
    Source.objects.update(chosen=CHOICE)

    send_again(Lead.objects.get(), ben)

    lead = Lead.objects.get()
    assert (lead.status, lead.name) == ("queued", "Ada Lovelace")


@RETRIES
def test_a_corrected_lead_is_unclear_no_more(
    send_again: Callable[[Lead, User], None], unclear: Lead, ben: User
) -> None:
    correct(unclear.pk, {"contact_name": "Cy Young"}, ben)
    Lead.objects.update(
        status="failed", reason="refused", due_at=None, queued_at=None, settled_at=unclear.failed_at
    )

    send_again(Lead.objects.get(), ben)

    assert Lead.objects.get().status == "queued"
