"""Imports by API alone: uploaded, tried, started, followed, and read row by row."""

from __future__ import annotations

from typing import Any

import pytest

from leads.clock import Deadline
from leads.decisions.imports import run
from leads.models import Lead, LeadImport, Site
from tests.factories import make_failed_lead, make_site, make_user
from tests.leadops.api.conftest import BASE, Program

PEOPLE = b"Name,E-mail\nAda Lovelace,ada@example.com\nBob,bob@example.com\n"


def sent(
    program: Program, content: bytes, query: str, kind: str = "text/csv", key: str = ""
) -> Any:
    """The answer to an upload."""
    headers = {"Authorization": f"Bearer {program.secret}"} | (
        {"Idempotency-Key": key} if key else {}
    )
    return program.client.generic("POST", f"{BASE}imports/?{query}", content, kind, headers=headers)


def test_a_file_is_imported_by_api_alone(chief: Program, site: Site) -> None:
    made = sent(chief, PEOPLE, f"site={site.pk}&name=people.csv").json()
    at = f"imports/{made['id']}/"

    columns = chief.post(f"{at}columns/", chosen={"email": "E-mail"}, key_column="E-mail")
    assert columns.json()["chosen"] == {"email": "E-mail"}
    assert chief.post(f"{at}dry-run/").json()["state"] == "trying"
    run.run(made["id"], Deadline(30))
    assert chief.get(at).json()["trial"]["queued"] == 2
    assert chief.post(f"{at}start/").json()["state"] == "running"
    assert chief.post(f"{at}start/").status_code == 409
    run.run(made["id"], Deadline(30))

    found = chief.get(at).json()
    assert (found["state"], found["counts"]) == ("done", {"queued": 2})
    results = chief.get(f"{at}results/").json()
    assert [one["lead"] for one in results["results"]] == [
        lead.pk for lead in Lead.objects.order_by("pk")
    ]
    assert results["next"] is None
    assert chief.get("imports/").json()["results"] == [found]


def test_an_upload_that_comes_again_with_its_key_is_kept_once(chief: Program, site: Site) -> None:
    query = f"site={site.pk}"
    first, again = (sent(chief, PEOPLE, query, key="k1") for _time in range(2))

    assert (first.status_code, again.json()) == (201, first.json())
    assert LeadImport.objects.count() == 1
    assert sent(chief, PEOPLE + b"Eve,e@example.com\n", query, key="k1").status_code == 422


@pytest.mark.parametrize(
    ("content", "query", "kind", "status", "words"),
    [
        (b"A,A\n1,2\n", "site={site}", "text/csv", 422, "Line 1: Columns 1 and 2"),
        (PEOPLE, "", "text/csv", 422, "Say which site"),
        (PEOPLE, "site=0", "text/csv", 422, "no enabled site"),
        (PEOPLE, "site={site}", "application/json", 400, "JSON"),
        (b"{}", "site={site}", "application/json", 422, "text/csv"),
        (PEOPLE, "site={site}", "image/png", 415, "application/json"),
    ],
)
def test_an_upload_that_is_refused_keeps_nothing(
    chief: Program, site: Site, content: bytes, query: str, kind: str, status: int, words: str
) -> None:
    answer = sent(chief, content, query.format(site=site.pk), kind)

    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert not LeadImport.objects.exists()


def test_a_file_beyond_the_setting_is_too_large(chief: Program, site: Site, settings: Any) -> None:
    settings.IMPORT_BYTES = 20

    assert sent(chief, PEOPLE, f"site={site.pk}").status_code == 413


def test_a_limited_token_imports_into_its_own_sites_alone(site: Site) -> None:
    limited = Program(make_user("limited", role="Administrator", sites=[site]))
    other = make_site(name="Other")

    assert sent(limited, PEOPLE, f"site={other.pk}").status_code == 422
    assert sent(limited, PEOPLE, "").status_code == 422
    assert sent(limited, PEOPLE, f"site={site.pk}").status_code == 201


def test_corrections_take_the_right_to_correct(site: Site) -> None:
    lead = make_failed_lead(site=site)
    table = f"Lead,Revision,Reference,Site,Status,Email\n{lead.pk},0,,,,new@example.com\n".encode()
    importer = Program(make_user("importer", ("leads.import_lead",)))

    assert sent(importer, table, f"site={site.pk}").status_code == 403
    assert not LeadImport.objects.exists()


@pytest.mark.parametrize("act", ["columns", "dry-run", "start", "stop"])
@pytest.mark.parametrize("kind", ["text/csv", "application/x-ndjson"])
def test_a_file_is_no_body_of_anything_but_an_upload(
    chief: Program, site: Site, act: str, kind: str
) -> None:
    """It was a 500."""
    made = sent(chief, PEOPLE, f"site={site.pk}").json()
    headers = {"Authorization": f"Bearer {chief.secret}"}
    address = f"{BASE}imports/{made['id']}/{act}/"

    answer = chief.client.generic("POST", address, PEOPLE, kind, headers=headers)

    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")
    assert LeadImport.objects.get().state == made["state"]
