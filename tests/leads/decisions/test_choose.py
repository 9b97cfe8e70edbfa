"""Choices for a source: what they would change, and what is held."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.clock import Clock, Deadline
from leads.decisions.choose import apply_to_held, choose, held_leads, merged, preview
from leads.decisions.source import make_source
from leads.intake.recognise.reading import read_as
from leads.models import Lead, Site, Source, SourceAddress
from leads.privacy.erase import erase
from tests.factories import make_site, make_user
from tests.leads.recount import assert_the_counters_are_a_recount

pytestmark = pytest.mark.django_db
GRAVITY = {"1.3": "Ada", "1.6": "Lovelace", "2": "ada@example.com"}
NAME = {"first_name": "1.3", "last_name": "1.6"}


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def source(site: Site) -> Source:
    return make_source(site, "Form").source


@pytest.fixture
def user() -> User:
    return make_user()


def post(source: Source, **more: Any) -> Lead:
    secret = SourceAddress.objects.get(source=source).secret
    Client().post(f"/in/{secret}/", json.dumps({**GRAVITY, **more}), "application/json")
    return Lead.objects.order_by("-pk")[0]


def test_a_preview_says_how_many_would_be_read_otherwise_and_changes_none(source: Source) -> None:
    leads = [post(source, n=number) for number in range(7)]
    post(source, **{"1.3": "", "1.6": ""})

    seen = preview(source, NAME)

    assert (seen.looked_at, seen.changed, len(seen.examples)) == (8, 7, 5)
    assert seen.examples[0][0] == leads[-1]
    assert seen.examples[0][1] == {"first_name": ("", "Ada"), "last_name": ("", "Lovelace")}
    assert not Lead.objects.exclude(name="").exists()


def test_an_erased_lead_is_not_looked_at(source: Source) -> None:
    post(source)
    erase(Lead.objects.all())

    assert preview(source, NAME).looked_at == 0


def test_what_is_held_is_read_and_sent(source: Source, user: User) -> None:
    held = [post(source, n=number) for number in range(3)]
    other = post(make_source(source.site, "Other").source, n=9)
    choose(source, NAME)

    done = apply_to_held(source, user, Deadline(20))

    assert (done.read, done.going, done.over) == (3, 3, True)
    names = Lead.objects.filter(pk__in=[one.pk for one in held]).values_list("name", "status")
    assert set(names) == {("Ada Lovelace", Lead.Status.QUEUED)}
    other.refresh_from_db()
    assert other.status == Lead.Status.FAILED
    assert not held_leads(source).exists()
    assert_the_counters_are_a_recount()


def test_a_choice_that_changes_nothing_sends_nothing(source: Source, user: User) -> None:
    post(source)
    choose(source, {"last_name": "nowhere"})

    done = apply_to_held(source, user, Deadline(20))

    assert (done.read, done.going) == (0, 0)
    assert Lead.objects.get().status == Lead.Status.FAILED


def test_what_is_left_when_time_is_over_is_said(source: Source, user: User) -> None:
    post(source)
    choose(source, NAME)

    assert not apply_to_held(source, user, Deadline(0, Clock())).over
    assert Lead.objects.get().status == Lead.Status.FAILED


def test_a_corrected_or_discarded_lead_is_left_alone(source: Source, user: User) -> None:
    corrected, discarded = post(source, n=1), post(source, n=2)
    Lead.objects.filter(pk=corrected.pk).update(revision=1)
    now = timezone.now()
    Lead.objects.filter(pk=discarded.pk).update(status="discarded", settled_at=now)
    choose(source, NAME)

    assert apply_to_held(source, user, Deadline(20)).read == 0


def test_the_newer_choice_of_the_source_holds(source: Source, user: User) -> None:
    lead = post(source)
    choose(source, {"first_name": "1.6"})
    apply_to_held(source, user, Deadline(20))
    choose(source, NAME)

    apply_to_held(source, user, Deadline(20))

    lead.refresh_from_db()
    assert lead.name == "Ada Lovelace"


@given(
    st.dictionaries(st.sampled_from(["email", "phone"]), st.text(max_size=5)),
    st.dictionaries(st.sampled_from(["email", "phone"]), st.none() | st.text(max_size=5)),
)
def test_a_later_choice_wins_and_none_takes_it_back(
    held: dict[str, str], picked: dict[str, str | None]
) -> None:
    both = merged(held, picked)

    for name in ("email", "phone"):
        assert both.get(name) == (picked[name] if name in picked else held.get(name))


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=5),
    st.text(max_size=8),
)
def test_any_choice_of_any_post_can_be_read(data: dict[str, str], path: str) -> None:
    read = read_as(data, {"contact_name": path})

    assert read.why.get("contact_name", "chosen") == "chosen"
