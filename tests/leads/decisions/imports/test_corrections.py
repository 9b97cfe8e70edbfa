"""An exported table that comes back: what was changed becomes a revision, and nothing else does."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from leads.clock import Deadline
from leads.data import as_text
from leads.decisions.correct import correct
from leads.decisions.imports import run
from leads.decisions.imports.corrections import COLUMNS, NotUnderstood, corrected
from leads.decisions.imports.upload import upload
from leads.desk.failed import export
from leads.models import FailedLead, Lead, LeadImport, Site
from leads.shown.cells import safe
from tests.factories import make_failed_lead, make_site, make_user

RIGHTS = ("leads.correct_lead", "leads.view_personal_data", "leads.import_lead")
Cells = dict[str, str]


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", RIGHTS)


def exported() -> list[Cells]:
    """The failed table as its export has it."""
    text = "".join(export.lines(FailedLead.objects.order_by("pk")))
    return list(csv.DictReader(io.StringIO(text.removeprefix(export.BOM))))


def taken_back(
    rows: list[Cells], user: User | None, site: Site | None = None, sends: bool = True
) -> LeadImport:
    """The table, saved by a spreadsheet, imported to its end."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    file = io.BytesIO(text.getvalue().encode("utf-8-sig"))
    made = upload(file, "failed.csv", site, user)
    LeadImport.objects.filter(pk=made.pk).update(sends=sends)
    run.start(made.pk)
    run.run(made.pk, Deadline(30))
    made.refresh_from_db()
    return made


def test_what_was_changed_is_a_revision_and_is_retried(ben: User) -> None:
    leads = [make_failed_lead() for _number in range(3)]
    rows = exported()
    rows[1]["Email"] = "new@example.com"

    made = taken_back(rows, ben)

    assert made.kind == LeadImport.Kind.CORRECTIONS
    assert made.counts == {"unchanged": 2, "retried": 1}
    lead = Lead.objects.get(pk=leads[1].pk)
    assert (lead.status, lead.band, lead.revision) == ("queued", Lead.Band.BULK, 1)
    assert lead.current_data()["email"] == lead.email == "new@example.com"
    assert lead.revisions.get().created_by == ben
    assert lead.events.get().kind == "corrected"


def test_it_is_kept_without_a_retry_where_nobody_asked_for_one(ben: User) -> None:
    lead, rows = make_failed_lead(), exported()
    rows[0]["Phone"] = "+49 30 1234567"

    assert taken_back(rows, ben, sends=False).counts == {"corrected": 1}

    lead.refresh_from_db()
    assert (lead.status, lead.revision, lead.phone) == ("failed", 1, "+49 30 1234567")


def test_what_somebody_corrected_meanwhile_stays(ben: User) -> None:
    lead, rows = make_failed_lead(), exported()
    correct(lead.pk, {"contact_name": "Eva"}, ben)
    Lead.objects.update(
        status="failed", due_at=None, settled_at=lead.settled_at, queued_at=None, reason="refused"
    )
    rows[0]["Contact name"] = "Ana"

    made = taken_back(rows, ben)

    assert made.counts == {"changed_meanwhile": 1}
    lead.refresh_from_db()
    assert lead.current_data() == {"contact_name": "Eva"}
    assert "export it anew" in made.chunks.get().results


def test_the_same_table_twice_changes_nothing_more(ben: User) -> None:
    make_failed_lead()
    rows = exported()
    rows[0]["City"] = "Berlin"
    taken_back(rows, ben, sends=False)

    assert taken_back(rows, ben).counts == {"changed_meanwhile": 1}


def test_leads_that_are_none_or_settled_or_elsewhere_are_told_apart(ben: User) -> None:
    here, there = make_site(name="Here"), make_site(name="There")
    for site in (here, here, there):
        make_failed_lead(site=site)
    rows = exported()
    settled = Lead.objects.filter(pk=rows[0]["Lead"])
    settled.update(status="discarded", failed_at=None, reason="")
    rows.append(rows[1] | {"Lead": "999999"})
    rows.append(rows[1] | {"Lead": "x"})

    made = taken_back(rows, ben, site=here)

    assert made.counts == {"not_open": 1, "unchanged": 1, "not_found": 3}


def test_a_limited_account_reaches_its_own_sites_alone(db: None) -> None:
    own, other = make_site(name="Own"), make_site(name="Other")
    limited = make_user("limited", RIGHTS, sites=[own])
    for site in (own, other):
        make_failed_lead(site=site)
    rows = [row | {"City": "Berlin"} for row in exported()]

    assert taken_back(rows, limited).counts == {"retried": 1, "not_found": 1}
    assert Lead.objects.get(site=other).revision == 0


def test_who_may_no_longer_correct_corrects_nothing(ben: User) -> None:
    make_failed_lead()
    rows = [row | {"City": "Berlin"} for row in exported()]
    ben.user_permissions.clear()

    assert taken_back(rows, User.objects.get(pk=ben.pk)).counts == {"not_found": 1}


BEFORE = {
    "contact_name": "Ada Lovelace",
    "email": "ada@example.com",
    "phone": "030 1234567",
    "message": "=HYPERLINK(1)",
    "utm": {"source": "x"},
}


def row_of(**cells: str) -> Cells:
    """The exported row, some cells changed."""
    row = {column: safe(as_text(BEFORE.get(name))) for name, column in COLUMNS.items()}
    return row | {"Other fields": '{"utm": {"source": "x"}}'} | cells


ALL = [*COLUMNS.values(), "Other fields"]
KEPT: dict[str, Cells] = {
    "as it was exported": {},
    "a masked name": {"Contact name": "A… L…"},
    "a masked address": {"Email": "a…@example.com"},
    "a masked number": {"Phone": "…67"},
    "a hidden value": {"Message": "hidden"},
    "a number without its zero": {"Phone": "301234567"},
    "blanks around": {"Contact name": "  Ada   Lovelace "},
    "other line ends": {"Other fields": '{"utm":\r\n{"source": "x"}}'},
}


@pytest.mark.parametrize("cells", KEPT.values(), ids=KEPT)
def test_what_a_mask_or_a_spreadsheet_made_of_a_value_is_not_written_back(cells: Cells) -> None:
    before: dict[str, Any] = {**BEFORE, "phone": "0301234567"} if "Phone" in cells else BEFORE

    assert corrected(before, row_of(**cells), ALL) == before


@pytest.mark.parametrize(
    "cells",
    [
        {"Phone": "4,93012E+11"},
        {"Phone": "4.93E+11"},
        {"Other fields": "{broken"},
        {"Other fields": "[1]"},
        {"Other fields": '{"email": "other@example.com"}'},
    ],
)
def test_what_cannot_be_meant_changes_nothing(cells: Cells) -> None:
    with pytest.raises(NotUnderstood) as fault:
        corrected(BEFORE, row_of(**cells), ALL)

    assert next(iter(cells)) in str(fault.value)


def test_an_emptied_cell_empties_the_field_and_a_missing_column_does_not() -> None:
    row = row_of(Message="")

    assert "message" not in corrected(BEFORE, row, ALL)
    without = [column for column in ALL if column != "Message"]
    assert corrected(BEFORE, row, without) == BEFORE


def test_other_fields_are_changed_as_an_object() -> None:
    row = row_of(**{"Other fields": '{"utm": {"source": "y"}, "plan": "a"}'})

    after = corrected(BEFORE, row, ALL)

    assert after["utm"] == {"source": "y"}
    assert after["plan"] == "a"
    assert after["email"] == BEFORE["email"]


VALUES = st.text(st.sampled_from("'=+-@…a1.E hidden\u2060"), max_size=8) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), max_size=30
)


@given(st.dictionaries(st.sampled_from(list(COLUMNS)), VALUES, max_size=5))
def test_what_is_exported_and_brought_back_is_no_change(data: dict[str, str]) -> None:
    row = {column: safe(as_text(data.get(name))).strip() for name, column in COLUMNS.items()}

    assert corrected(data, row, list(COLUMNS.values())) == data
