"""The pages of imports: a file is uploaded, looked at, tried, started, and followed to its end."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from leads.clock import Deadline
from leads.decisions.imports import run
from leads.models import Lead, LeadImport, Site
from tests.factories import make_failed_lead, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat

UPLOAD = "/admin/leads/leadimport/upload/"
PEOPLE = b"Who,Mail\nAda Lovelace,ada@example.com\n=1+1,bob@example.com\n"
IMPORTS = ("leads.import_lead", "leads.view_lead", "leads.view_failedlead", "leads.view_site")


def sent(client: Client, content: bytes, site: Site | None, name: str = "people.csv") -> Any:
    """An upload."""
    file = SimpleUploadedFile(name, content)
    return client.post(UPLOAD, {"file": file, "site": site.pk if site else ""})


def page_of(answer: Any) -> str:
    """Its text."""
    text: str = answer.content.decode()
    return text


def at(made: LeadImport, tail: str = "change") -> str:
    """One of the addresses of an import."""
    return reverse(f"admin:leads_leadimport_{tail}", args=[made.pk])


def carried_out(made: LeadImport) -> LeadImport:
    """What a worker does for it."""
    run.run(made.pk, Deadline(30))
    made.refresh_from_db()
    return made


def test_a_file_is_looked_at_tried_and_imported(boss: Client, site: Site) -> None:
    assert (
        flat(page_of(boss.get(f"/admin/leads/site/{site.pk}/change/"))).count("Import leads") == 1
    )
    sent(boss, PEOPLE, site)
    made = LeadImport.objects.get()

    page = flat(page_of(boss.get(at(made))))
    assert "The first rows, as they are read" in page
    assert "ada@example.com" in page
    boss.post(at(made, "columns"), {"of-contact_name": "Who", "key": "Mail"})
    assert "Ada Lovelace" in flat(page_of(boss.get(at(made))))
    boss.post(at(made, "try"))
    carried_out(made)
    assert "Would be queued" in flat(page_of(boss.get(at(made))))
    assert not Lead.objects.exists()
    boss.post(at(made, "start"))
    assert boss.get(at(made, "state")).json()["active"]
    carried_out(made)

    assert sorted(Lead.objects.values_list("name", flat=True)) == ["=1+1", "Ada Lovelace"]
    assert made.key_column == "Mail"
    result = b"".join(boss.get(at(made, "result")))
    assert result.decode("utf-8-sig").splitlines()[1].startswith('"2","Queued",')
    assert "2 of 2 rows imported" in flat(page_of(boss.get(at(made))))


def test_a_file_that_is_refused_leaves_nothing_and_says_why(boss: Client, site: Site) -> None:
    answer = sent(boss, b"A,A\n1,2\n", site)

    assert answer.status_code == 400
    assert "Line 1: Columns 1 and 2 have the same heading." in flat(page_of(answer))
    assert not LeadImport.objects.exists()


def test_it_is_stopped_and_goes_on(boss: Client, site: Site) -> None:
    sent(boss, PEOPLE, site)
    made = LeadImport.objects.get()
    boss.post(at(made, "start"))

    boss.post(at(made, "stop"))
    assert carried_out(made).state == LeadImport.State.STOPPED
    assert "Go on" in flat(page_of(boss.get(at(made))))
    boss.post(at(made, "start"))

    assert carried_out(made).state == LeadImport.State.DONE


def test_the_file_is_deleted_at_once_where_somebody_wants_that(boss: Client, site: Site) -> None:
    sent(boss, PEOPLE, site)
    made = LeadImport.objects.get()

    boss.post(at(made, "forget"))

    assert not made.chunks.exists()
    assert "The file is deleted." in flat(page_of(boss.get(at(made))))
    boss.post(at(made, "start"))
    made.refresh_from_db()
    assert made.state == LeadImport.State.PLANNED


def test_without_personal_data_the_first_rows_are_masked(site: Site) -> None:
    client = client_of(make_user("importer", IMPORTS))
    sent(client, PEOPLE, site)

    page = flat(page_of(client.get(at(LeadImport.objects.get()))))

    assert "a…@example.com" in page
    assert "Lovelace" not in page


def test_a_limited_account_imports_into_its_own_sites_alone(site: Site) -> None:
    other = make_site(name="Other")
    limited = client_of(make_user("limited", IMPORTS, sites=[site]))

    assert sent(limited, PEOPLE, other).status_code == 400
    assert sent(limited, PEOPLE, None).status_code == 400
    assert sent(limited, PEOPLE, site).status_code == 302
    of_other = LeadImport.objects.create(
        site=other, created_at="2026-01-01T00:00Z", touched_at="2026-01-01T00:00Z"
    )
    assert limited.get(at(of_other)).status_code == 404
    assert f"/{of_other.pk}/" not in flat(page_of(limited.get("/admin/leads/leadimport/")))


@pytest.mark.parametrize("permissions", [IMPORTS, (*IMPORTS, "leads.correct_lead")])
def test_corrections_take_the_right_to_correct_and_to_see_people(
    site: Site, permissions: tuple[str, ...]
) -> None:
    lead = make_failed_lead(site=site)
    table = f"Lead,Revision,Reference,Site,Status,Email\n{lead.pk},0,,,,new@example.com\n".encode()

    assert sent(client_of(make_user("importer", permissions)), table, site).status_code == 403
    assert not LeadImport.objects.exists()


def test_a_disabled_site_takes_no_file(boss: Client, site: Site) -> None:
    Site.objects.update(enabled=False)

    assert sent(boss, PEOPLE, site).status_code == 400
