"""`manage.py eraseperson`: by address, number or reference."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from leads.models import Lead, RejectedSubmission, Site
from tests.factories import make_lead

ANA = {"contact_name": "Ana Silva", "email": "ana@example.com", "phone": "+351 912 345 678"}


@pytest.fixture
def ana(site: Site) -> Lead:
    return make_lead(site=site, data=ANA, status="delivered", zoho_id="61001")


def run(*arguments: str, typed: str = "", **options: Any) -> str:
    out = io.StringIO()
    with patch("builtins.input", return_value=typed):
        call_command("eraseperson", *arguments, stdout=out, **options)
    return out.getvalue()


def is_erased(lead: Lead) -> bool:
    lead.refresh_from_db()
    return lead.erased_at is not None and lead.email == ""


@pytest.mark.parametrize(
    "who", [["--email", " ANA@example.com "], ["--phone", "+351  912 345 678"]]
)
def test_a_person_is_found_by_address_or_number(ana: Lead, site: Site, who: list[str]) -> None:
    other = make_lead(site=site)

    said = run(*who, typed="ERASE")

    assert is_erased(ana)
    assert not is_erased(other)
    assert "Leads erased: 1" in said


def test_the_records_in_zoho_are_named(ana: Lead) -> None:
    assert "61001" in run("--email", "ana@example.com", "--yes")


def test_submissions_that_were_no_leads_are_erased_too(ana: Lead, site: Site) -> None:
    for body in ('{"email": "Ana@example.com"', '{"email": "eva@example.com"'):
        RejectedSubmission.objects.create(
            site=site, received_at=timezone.now(), source="api", status=400, body=body
        )

    run("--email", "ana@example.com", "--yes")

    assert "eva" in RejectedSubmission.objects.get().body


def test_nothing_happens_unless_it_is_meant(ana: Lead) -> None:
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("--email", "ana@example.com", typed="yes")

    assert not is_erased(ana)


def test_somebody_must_be_named(ana: Lead) -> None:
    with pytest.raises(CommandError, match="Say who"):
        run("--email", " ")

    assert not is_erased(ana)


def test_an_unknown_person_is_no_error(ana: Lead) -> None:
    assert "No lead" in run("--email", "eva@example.com", "--yes")


def test_a_restored_backup_is_erased_again_by_the_list(ana: Lead, tmp_path: Path) -> None:
    run("--email", "ana@example.com", "--yes")
    kept = tmp_path / "erased.txt"
    kept.write_text(run("--list"))
    Lead.objects.update(erased_at=None, email="ana@example.com")  # as the backup has it

    run("--references", str(kept), "--yes")

    assert is_erased(ana)


def test_a_list_that_is_none_is_refused(ana: Lead, tmp_path: Path) -> None:
    kept = tmp_path / "erased.txt"
    kept.write_text(f"{ana.reference}\nana@example.com\n")

    with pytest.raises(CommandError, match="Line 2 is no reference"):
        run("--references", str(kept), "--yes")

    assert not is_erased(ana)


def test_a_list_that_is_not_there_is_refused(ana: Lead) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("--references", "/nowhere", "--yes")
