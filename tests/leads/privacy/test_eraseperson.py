"""`manage.py eraseperson`: by address, number or reference."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from leads.decisions.correct import correct
from leads.models import Lead, RejectedSubmission, Site, Source
from leads.privacy.erase import erase, overwrite_deleted
from notifications.models import Reader
from tests.factories import make_failed_lead, make_lead, make_rejected, make_site, make_user

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


@pytest.mark.parametrize(
    ("values", "body"),
    [
        ({"reason": "not_read", "data": {}}, b"call ana@example.com"),
        ({"reason": "not_read", "data": {}}, b"\x00\xff +351 912 345 678"),
        (
            {"reason": "unclear", "reason_field": "email", "data": {"phone": "5551106"}},
            b'{"a": "ana@example.com", "b": "eva@example.com", "phone": "5551106"}',
        ),
    ],
)
def test_who_is_named_in_what_nobody_could_read_is_erased_there(
    site: Site, values: dict[str, Any], body: bytes
) -> None:
    source = Source.objects.create(site=site, name="Form")
    theirs = make_failed_lead(site=site, webhook_source=source, body=body, **values)
    other = make_failed_lead(
        site=site, webhook_source=source, body=b"bob@example.com", reason="not_read", data={}
    )

    run("--email", "ana@example.com", "--phone", "+351 912 345 678", "--yes")

    assert (is_erased(theirs), is_erased(other)) == (True, False)


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


# --- What was rejected ------------------------------------------------------------------------


@pytest.fixture
def one(site: Site) -> Lead:
    """Somebody who typed “1” where a number was asked for."""
    return make_lead(site=site, data=ANA | {"phone": "1"})


def test_a_short_number_deletes_nothing_of_another_site(one: Lead) -> None:
    theirs = make_rejected(site=make_site(), body='{"email": "eva@example.com", "zip": "10115"')

    run("--email", "ana@example.com", "--yes")

    assert is_erased(one)
    assert RejectedSubmission.objects.get() == theirs


def test_what_may_be_the_persons_is_listed_with_its_site_and_stays(one: Lead) -> None:
    theirs = make_rejected(site=make_site(name="Boats"), body="children=1&city=Rome")
    out = io.StringIO()

    with pytest.raises(CommandError, match="--also ID") as left:
        call_command("eraseperson", "--email", "ana@example.com", "--yes", stdout=out)

    assert left.value.returncode == 2
    assert f"Rejected submission {theirs.pk} of Boats" in out.getvalue()
    assert "Rome" not in out.getvalue()
    assert is_erased(one)
    assert RejectedSubmission.objects.get() == theirs


def test_what_is_ticked_goes_too(one: Lead) -> None:
    theirs, also = (make_rejected(body=f"a={n}&phone=1") for n in range(2))

    with pytest.raises(CommandError):
        run("--email", "ana@example.com", "--yes", "--also", str(also.pk))

    assert RejectedSubmission.objects.get() == theirs


def test_what_is_ticked_afterwards_goes_as_well(one: Lead) -> None:
    also = make_rejected(body="phone=1")
    with pytest.raises(CommandError):
        run("--email", "ana@example.com", "--yes")

    run("--email", "ana@example.com", "--yes", "--also", str(also.pk))

    assert not RejectedSubmission.objects.exists()


def test_what_is_ticked_must_be_there(one: Lead) -> None:
    with pytest.raises(CommandError, match="No rejected submission: 99"):
        run("--email", "ana@example.com", "--yes", "--also", "99")

    assert not is_erased(one)


# --- Where a person is named elsewhere --------------------------------------------------------


@pytest.mark.parametrize(
    "who", [["--email", "old@example.com"], ["--phone", "+351 900 000 000"]], ids=str
)
def test_who_was_corrected_is_found_by_what_stood_there_before(site: Site, who: list[str]) -> None:
    lead = make_failed_lead(
        site=site, data={"email": "old@example.com", "phone": "+351 900 000 000"}
    )
    correct(lead.pk, ANA, make_user("ben"))

    run(*who, "--yes")

    assert is_erased(lead)


def test_a_lead_that_names_the_address_elsewhere_is_for_somebody_to_look_at(site: Site) -> None:
    other = make_lead(site=site, data={"email": "eva@example.com", "message": "or ana@example.com"})
    longer = make_lead(site=site, data={"email": "eva@example.com", "m": "susana@example.com"})

    with pytest.raises(CommandError, match="--also-lead ID") as left:
        run("--email", "ana@example.com", "--yes")

    assert left.value.returncode == 2
    assert not is_erased(other)

    run("--email", "ana@example.com", "--yes", "--also-lead", str(other.pk))

    assert is_erased(other)
    assert not is_erased(longer)


def test_references_and_an_address_are_both_looked_for(
    ana: Lead, site: Site, tmp_path: Path
) -> None:
    other = make_lead(site=site)
    kept = tmp_path / "also.txt"
    kept.write_text(str(other.reference))

    run("--references", str(kept), "--email", "ana@example.com", "--yes")

    assert is_erased(ana)
    assert is_erased(other)


def test_whoever_is_known_as_a_reader_alone_is_forgotten(db: None) -> None:
    Reader.objects.create(recipient="ana@example.com", kept_until=timezone.now())

    run("--email", "Ana@Example.com", "--yes")

    assert not Reader.objects.exists()


# --- The files of the database ----------------------------------------------------------------


class Patience:
    """A clock on which a reader lets go after so many seconds."""

    def __init__(self, reader: sqlite3.Connection, after: float) -> None:
        self.reader, self.after, self.time = reader, after, 0.0

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        if self.time >= self.after:
            self.reader.rollback()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite's files")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("after", "done"), [(1, True), (60, False)])
def test_the_log_is_emptied_once_readers_let_it_go(after: float, done: bool) -> None:
    name = str(connection.settings_dict["NAME"])
    reader = sqlite3.connect(name, isolation_level=None)
    make_lead(site=make_site(), data=ANA)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM leads_lead").fetchall()
    erase(Lead.objects.all())
    clock: Any = Patience(reader, after)

    assert overwrite_deleted(5, clock) is done

    reader.close()
    assert (Path(f"{name}-wal").stat().st_size == 0) is done
    assert overwrite_deleted(5)
