"""The index is filled by sweeps, follows what people decide, and forgets who is erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone

from leads.data import Reading
from leads.decisions.correct import correct, keep
from leads.decisions.reread import reread
from leads.models import Lead, LeadEvent, Revision, SearchIndex, SearchToken, Site
from leads.privacy.erase import erase
from leads.privacy.retention import forget_leads
from leads.search import fill
from leads.signals import swept
from tests.factories import make_failed_lead, make_lead, make_user

ANA = {"contact_name": "Ana Silva", "phone": "403 555 1106"}


def tokens(lead: Lead) -> set[str]:
    return set(lead.tokens.values_list("token", flat=True))


def sweep(minutes: int = 0) -> None:
    swept.send(None, now=timezone.now() + timedelta(minutes=minutes))


def test_a_lead_that_came_in_is_found_after_a_sweep(site: Site) -> None:
    sweep()
    lead = make_lead(site=site, data=ANA)

    sweep()

    assert tokens(lead) == {"ana", "silva", "#6011555304"}
    assert SearchIndex.objects.is_complete()


def test_a_lead_whose_id_is_lower_and_that_was_stored_later_is_not_passed_over(site: Site) -> None:
    early = make_lead(site=site, data=ANA)
    late = make_lead(site=site)
    held = Lead.objects.filter(pk=early.pk)
    values = held.values().get()
    held.delete()
    sweep()
    sweep(minutes=4)
    Lead.objects.create(**values)  # its transaction ends only now

    sweep(minutes=4)
    sweep(minutes=20)

    assert tokens(late)
    assert tokens(early)


def test_what_has_its_tokens_is_not_looked_at_for_good(site: Site) -> None:
    lead = make_lead(site=site)
    for minutes in (0, 6, 12):
        sweep(minutes)

    assert SearchIndex.objects.get().after == lead.pk


def test_a_lead_without_any_word_is_looked_at_once(site: Site) -> None:
    lead = make_lead(site=site, data={"message": "Call"})
    sweep()

    assert tokens(lead) == {""}
    assert not SearchIndex.objects.lacking(0).exists()


def test_older_leads_follow_in_small_steps_the_newest_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "CHUNK", 2)
    monkeypatch.setattr(SearchIndex, "OVERLAP", 0)
    leads = [make_lead(site=site) for _ in range(5)]

    assert fill.fill_newest(timezone.now()) == 0
    assert [fill.fill_older() for _ in range(2)] == [2, 2]
    assert not SearchIndex.objects.is_complete()
    assert [bool(tokens(lead)) for lead in leads] == [False, True, True, True, True]

    assert fill.fill_older() == 1
    assert tokens(leads[0])
    assert SearchIndex.objects.is_complete()
    assert fill.fill_older() == 0


def test_a_step_that_is_cut_off_is_done_again(site: Site) -> None:
    lead = make_lead(site=site)
    with patch.object(SearchIndex, "save", side_effect=RuntimeError), pytest.raises(RuntimeError):
        fill.fill_older()
    assert not tokens(lead)

    fill.fill_older()

    assert tokens(lead)


def test_a_sweep_has_an_end_however_many_leads_are_left(site: Site) -> None:
    for _ in range(3):
        make_lead(site=site)
    with patch.object(fill, "PATIENCE", 0), patch.object(fill, "CHUNK", 1):
        sweep()

    assert SearchToken.objects.values("lead").distinct().count() == 1


def test_a_recognised_value_is_a_token(site: Site) -> None:
    reading = {"fields": {"last_name": "Fortin"}, "paths": {"5": "last_name"}, "why": {}}
    lead = make_lead(site=site, data={"5": "Fortin"}, reading=reading | {"unclear": {}})

    fill.index_again([lead.pk])

    assert tokens(lead) == {"fortin"}


def test_a_correction_takes_the_tokens_along(site: Site) -> None:
    lead = make_failed_lead(site=site, data=ANA)
    fill.index_again([lead.pk])

    correct(lead.pk, {"contact_name": "Ana Souza"}, make_user())

    assert tokens(lead) == {"ana", "souza"}


def test_what_is_filled_in_and_emptied_takes_the_tokens_along(site: Site) -> None:
    lead, ben = make_failed_lead(site=site, data=ANA), make_user()
    assert keep(lead.pk, Reading(ANA, {"Company": "Boats", "Mobile": "0171/1234567"}), ben)
    assert tokens(lead) >= {"ana", "boats", "#7654321171"}

    assert keep(lead.pk, Reading(ANA, {"Company": "Canoes"}), ben)

    assert tokens(lead) == {"ana", "silva", "#6011555304", "canoes"}


def test_what_was_filled_in_before_gets_its_tokens_with_the_older_leads(site: Site) -> None:
    lead = make_failed_lead(site=site, data=ANA)
    Revision.objects.create(lead=lead, number=1, data=ANA, filled={"Last_Name": "Souza"})
    Lead.objects.filter(pk=lead.pk).update(revision=1)

    fill.fill_older()

    assert tokens(lead) >= {"silva", "souza"}


def test_what_is_no_token_any_more_goes_when_a_lead_is_indexed_again(site: Site) -> None:
    lead, other = make_lead(site=site, data=ANA), make_lead(site=site, data=ANA)
    fill.fill_older()
    SearchToken.objects.create(lead=lead, token="#6011")
    before = tokens(other)
    SearchIndex.objects.update(older=other.pk)

    fill.fill_older()

    assert tokens(lead) == tokens(other) == before


def by_code_of_before(moment: datetime) -> None:
    """What a sweep of it leaves: it knows no version."""
    known = {"after": 0, "seen": 0, "older": 0, "seen_at": moment}
    SearchIndex.objects.update_or_create(pk=1, defaults=known)


def test_after_an_upgrade_older_leads_are_indexed_again(site: Site) -> None:
    lead = make_lead(site=site, data={"phone": "403–555–1106"})
    SearchToken.objects.create(lead=lead, token="#6011")
    by_code_of_before(timezone.now() - timedelta(minutes=1))

    assert not SearchIndex.objects.is_complete()
    for minutes in (0, 10, 50):
        sweep(minutes)
        assert tokens(lead) == {"#6011"}
        assert not SearchIndex.objects.is_complete(), "code of before may go on"
    sweep(minutes=61)

    assert tokens(lead) == {"#6011555304"}
    assert SearchIndex.objects.is_complete()


@pytest.mark.parametrize("minutes", [30, 600])
def test_code_of_before_that_goes_on_or_comes_back_is_waited_for(site: Site, minutes: int) -> None:
    by_code_of_before(timezone.now())
    sweep()
    sweep(minutes=61 if minutes > 60 else 10)
    lead = make_lead(site=site, data={"phone": "403–555–1106"})
    SearchToken.objects.create(lead=lead, token="#6011")
    moment = timezone.now() + timedelta(minutes=minutes)
    SearchIndex.objects.update(seen_at=moment)

    sweep(minutes + 1)
    sweep(minutes + 59)
    assert not SearchIndex.objects.is_complete()
    assert tokens(lead) == {"#6011"}
    sweep(minutes + 62)

    assert tokens(lead) == {"#6011555304"}
    assert SearchIndex.objects.is_complete()


def test_an_index_that_had_not_looked_back_yet_is_made_again_too(site: Site) -> None:
    make_lead(site=site)
    SearchIndex.objects.create(pk=1, after=0, seen=0, older=0)

    sweep()
    assert not SearchIndex.objects.is_complete()
    sweep(minutes=61)

    assert SearchIndex.objects.is_complete()


def test_code_of_a_version_before_leaves_word_that_it_was_at_work(site: Site) -> None:
    make_lead(site=site)
    sweep()
    newer = SearchIndex.VERSION + 1
    with patch.object(SearchIndex, "VERSION", newer):
        for minutes in (10, 75):
            sweep(minutes)
        assert SearchIndex.objects.is_complete()
    assert SearchIndex.objects.get().version == newer

    sweep(minutes=76)
    assert SearchIndex.objects.is_complete()

    with patch.object(SearchIndex, "VERSION", newer):
        sweep(minutes=77)
        assert not SearchIndex.objects.is_complete()


def test_a_new_index_is_not_made_twice(site: Site) -> None:
    make_lead(site=site)
    for minutes in (0, 6, 70):
        sweep(minutes)
        assert SearchIndex.objects.is_complete()
        assert SearchIndex.objects.get().alone_since is None


def test_reading_anew_takes_the_tokens_along(site: Site) -> None:
    data = {"a": "Ana Silva", "b": "Eva Berg"}
    reading = {"fields": {"contact_name": "Ana Silva"}, "paths": {}, "why": {}, "unclear": {}}
    lead = make_failed_lead(site=site, data=data, reading=reading)
    fill.index_again([lead.pk])

    assert reread(lead, {"contact_name": "b"}, make_user())

    assert {"eva", "berg"} <= tokens(lead)
    assert "silva" not in tokens(lead)


def test_who_is_erased_leaves_no_token(site: Site) -> None:
    lead, other = make_lead(site=site, data=ANA), make_lead(site=site, data=ANA)
    sweep()

    erase(Lead.objects.filter(pk=lead.pk))

    assert not tokens(lead)
    assert "ana" in tokens(other)
    sweep()
    assert tokens(lead) <= {""}


def test_what_is_kept_no_longer_leaves_no_token(site: Site) -> None:
    long_ago = timezone.now() - timedelta(days=40)
    lead = make_lead(site=site, data=ANA, status="delivered", settled_at=long_ago)
    sweep()

    forget_leads(timezone.now(), days=30)

    assert not tokens(lead)


def test_leads_that_are_deleted_in_sql_take_their_tokens_along(site: Site) -> None:
    """As archives do (docs/growing.md), and code that knows no tokens."""
    lead, other = make_lead(site=site, data=ANA), make_lead(site=site, data=ANA)
    sweep()

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_lead WHERE id = %s", [lead.pk])

    assert set(SearchToken.objects.values_list("lead_id", flat=True)) == {other.pk}


@pytest.mark.parametrize(
    ("kind", "change", "left"),
    [
        (LeadEvent.Kind.ERASED, {"data": {}, "erased_at": timezone.now()}, {""}),
        (LeadEvent.Kind.CORRECTED, {"data": {"contact_name": "Eva"}}, {"eva"}),
    ],
)
def test_what_a_version_before_decided_is_followed_within_a_day(
    site: Site, kind: str, change: dict[str, Any], left: set[str]
) -> None:
    for days in (9, 5, 1, 0):
        lead = make_lead(site=site, data=ANA)
        event = LeadEvent.objects.create(lead=lead, kind=kind)
        moment = timezone.now() - timedelta(days=days)
        LeadEvent.objects.filter(pk=event.pk).update(created_at=moment)
    fill.fill_older()
    Lead.objects.update(**change)

    assert fill.follow_events(timezone.now()) == 2

    newest_first = [tokens(lead) for lead in Lead.objects.order_by("-pk")]
    assert newest_first[:2] == [left, left]
    assert all("silva" in kept for kept in newest_first[2:])


def test_it_is_said_that_older_leads_are_left(site: Site) -> None:
    assert SearchIndex.objects.is_complete()

    make_lead(site=site)

    assert not SearchIndex.objects.is_complete()


@pytest.mark.django_db(transaction=True)
def test_nobody_is_indexed_while_somebody_is_erased(at_once: Any) -> None:
    """A sweep that has read the lead before it was erased would write its name down after."""
    if connection.vendor == "sqlite":
        pytest.skip("one transaction at a time")
    for _ in range(5):
        lead = make_lead(data=ANA)
        fill.index_again([lead.pk])

        at_once(lambda pk=lead.pk: erase(Lead.objects.filter(pk=pk)), fill.fill_older)

        assert tokens(lead) <= {""}
        SearchIndex.objects.all().delete()
