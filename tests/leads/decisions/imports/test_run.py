"""Imports: every row is a lead once, whatever dies in between, and waits behind fresh ones."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from leads.clock import Deadline
from leads.decisions.imports import run, upload
from leads.decisions.imports.result import lines
from leads.delivery.claim import claim
from leads.intake.files import store
from leads.models import ApiLog, ImportChunk, Lead, LeadImport, Site
from leads.models.lead_import import Outcome
from leads.privacy.erase import erase_person
from leads.privacy.files import forget_files
from leads.reasons import Reason
from leads.store.rows import insert_rows
from tests.factories import make_lead, make_site
from tests.leads.recount import assert_the_counters_are_a_recount

pytestmark = pytest.mark.django_db


def table(count: int, first: int = 0, more: str = "") -> bytes:
    """A CSV file of so many people."""
    rows = (f"{n};Ada Lovelace;ada{n}@example.com\n" for n in range(first, first + count))
    return f"Id;Name;E-mail\n{''.join(rows)}{more}".encode()


def imported(content: bytes, site: Site | None = None, **chosen: Any) -> LeadImport:
    """A file, imported to its end."""
    made = upload.upload(io.BytesIO(content), "leads.csv", site or make_site(), None)
    if chosen:
        assert upload.choose(made.pk, chosen.get("columns", {}), chosen.get("key", ""))
    return carried_out(made)


def carried_out(made: LeadImport) -> LeadImport:
    """An import, begun and brought to its end."""
    run.start(made.pk)
    run.run(made.pk, Deadline(60))
    made.refresh_from_db()
    return made


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows each."""
    monkeypatch.setattr(upload, "CHUNK", 3)


def test_each_row_is_a_lead_behind_fresh_ones() -> None:
    made = imported(table(7))

    assert (made.state, made.counts) == (LeadImport.State.DONE, {"queued": 7})
    lead = Lead.objects.order_by("pk")[3]
    assert (lead.name, lead.email, lead.source) == ("Ada Lovelace", "ada3@example.com", "import")
    assert (lead.status, lead.band) == (Lead.Status.QUEUED, Lead.Band.BULK)
    assert json.loads(bytes(lead.body)) == lead.data
    assert lead.attribution.startswith("import\n")
    assert_the_counters_are_a_recount()


def test_fresh_leads_go_first() -> None:
    made = imported(table(5))
    fresh = make_lead(site=made.site)

    batch = claim(fresh.destination, 2, draw=0.0)

    assert batch is not None
    assert batch.leads[0] == fresh


@pytest.mark.parametrize("key", ["", "Id"])
def test_the_same_file_makes_no_second_lead(key: str) -> None:
    site = make_site()
    imported(table(5), site, key=key)

    again = imported(table(7), site, key=key)

    assert again.counts == {"already_here": 5, "queued": 2}
    assert Lead.objects.count() == 7


def test_an_id_tells_rows_apart_whatever_else_is_in_them() -> None:
    site = make_site()
    imported(b"Id,Name,E-mail\n1,Ada,a@example.com\n", site, key="Id")

    again = imported(b"Id,Name,E-mail\n1,Eve,e@example.com\n2,Ada,a@example.com\n", site, key="Id")

    assert again.counts == {"already_here": 1, "queued": 1}


def test_a_row_that_stands_twice_in_a_file_is_one_lead() -> None:
    made = imported(b"Name,Mail\nAda,a@example.com\nBob,b@example.com\nAda,a@example.com\n")

    assert made.counts == {"queued": 2, "already_here": 1}
    results = json.loads(made.chunks.get().results)
    assert results[2][2] == results[0][2]


def test_what_a_rule_holds_is_a_failed_lead_that_tells_nobody() -> None:
    site = make_site(duplicate_rule=Site.DuplicateRule.REFUSE, nameless=Site.Nameless.HOLD)
    rows = "Ada,a@example.com\n,b@example.com\nEve,a@example.com\nBob,c@example.com\n"

    made = imported(f"Name,E-mail\n{rows}".encode(), site)

    assert made.counts == {"queued": 2, "held": 2}
    assert made.reasons == {"missing_field": 1, "duplicate_email": 1}
    first = Lead.objects.order_by("pk")[0]
    held = Lead.objects.get(reason=Reason.DUPLICATE_EMAIL)
    assert held.reason_text == f"Same e-mail as lead {first.pk}"
    assert ApiLog.objects.count() == 2
    assert_the_counters_are_a_recount()


def test_columns_are_read_as_a_person_chose_them() -> None:
    made = imported(b"Who,Mail\nAda,a@example.com\n", columns={"contact_name": "Who"})

    assert made.counts == {"queued": 1}
    assert Lead.objects.get().name == "Ada"


class Killed(BaseException):
    """A process ends."""


@pytest.mark.parametrize("step", range(12))
def test_killed_anywhere_and_gone_on_every_row_is_there_once(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    made = upload.upload(io.BytesIO(table(8)), "leads.csv", make_site(), None)
    run.start(made.pk)
    calls = _dying_at(monkeypatch, step)

    with pytest.raises(Killed):
        run.run(made.pk, Deadline(60))
    calls.clear()
    carried_out(made)

    assert Counter(Lead.objects.values_list("email", flat=True)) == Counter(
        f"ada{n}@example.com" for n in range(8)
    )
    assert made.counts == {"queued": 8}
    assert LeadImport.objects.get().state == LeadImport.State.DONE
    assert_the_counters_are_a_recount()


def _dying_at(monkeypatch: pytest.MonkeyPatch, step: int) -> list[int]:
    """Have the process end before or after one of the writes; until the list is empty."""
    steps: Iterator[int] = iter(range(1000))
    armed = [step]

    def dying(act: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if armed and next(steps) == armed[0]:
                raise Killed
            done = act(*args, **kwargs)
            if armed and next(steps) == armed[0]:
                raise Killed
            return done

        return wrapped

    monkeypatch.setattr(store, "insert_rows", dying(insert_rows))
    monkeypatch.setattr(run, "_write_down", dying(run._write_down))
    return armed


def test_a_key_that_is_posted_meanwhile_is_found_at_the_second_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = [IntegrityError]

    def late(*args: Any, **kwargs: Any) -> None:
        if faults:
            raise faults.pop()
        insert_rows(*args, **kwargs)

    monkeypatch.setattr(store, "insert_rows", late)

    assert imported(table(2)).counts == {"queued": 2}


def test_two_runs_at_once_store_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = upload.upload(io.BytesIO(table(7)), "leads.csv", make_site(), None)
    run.start(made.pk)
    ready, others = run._ready, [1, 2]

    def overtaken(*args: Any) -> Any:
        act = ready(*args)
        if others and others.pop():
            run.import_chunk(made.pk)
        return act

    monkeypatch.setattr(run, "_ready", overtaken)

    assert carried_out(made).counts == {"queued": 7}
    assert Lead.objects.count() == 7


def test_a_person_who_is_erased_while_a_chunk_is_read_makes_no_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = upload.upload(io.BytesIO(table(2)), "leads.csv", make_site(), None)
    ready = run._ready

    def erased(*args: Any) -> Any:
        act = ready(*args)
        erase_person(Lead.objects.none(), typed=("ada1@example.com", ""))
        return act

    monkeypatch.setattr(run, "_ready", erased)

    assert carried_out(made).counts == {"queued": 1, "erased": 1}
    assert not Lead.objects.filter(email="ada1@example.com").exists()


def test_stopped_it_goes_on_where_it_was() -> None:
    made = upload.upload(io.BytesIO(table(8)), "leads.csv", make_site(), None)
    run.start(made.pk)
    run.import_chunk(made.pk)

    assert run.stop(made.pk, None)
    run.run(made.pk, Deadline(60))
    assert Lead.objects.count() == 3
    assert not run.stop(made.pk, None)

    assert carried_out(made).counts == {"queued": 8}
    assert not run.start(made.pk)


def test_a_dropped_import_is_taken_up_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(run, "call_after_commit", lambda _task, pk: woken.append(pk))
    made = upload.upload(io.BytesIO(table(2)), "leads.csv", make_site(), None)
    run.start(made.pk)
    woken.clear()

    run.go_on(timezone.now())
    run.go_on(timezone.now() + timedelta(minutes=1))
    run.go_on(timezone.now() + timedelta(minutes=1))

    assert woken == [made.pk]


def test_a_dry_run_counts_what_would_become_of_each_row_and_stores_nothing() -> None:
    site = make_site(duplicate_rule=Site.DuplicateRule.REFUSE, nameless=Site.Nameless.HOLD)
    imported(table(1), site)
    # Of one address in two chunks, of a row that stands twice, and of one without a name.
    more = "8;Ada;ada1@example.com\n2;Ada Lovelace;ada2@example.com\n9;;x@example.com\n"
    content = table(6, more=more)
    made = upload.upload(io.BytesIO(content), "leads.csv", site, None)

    assert run.begin_trial(made.pk)
    run.run(made.pk, Deadline(60))

    made.refresh_from_db()
    wanted = {"queued": 5, "already_here": 2, "mapping": {}}
    assert made.trial == wanted | {"held": {"duplicate_email": 1, "missing_field": 1}}
    assert made.state == LeadImport.State.PLANNED
    assert Lead.objects.count() == 1
    done = carried_out(made)
    assert done.counts == {"queued": 5, "already_here": 2, "held": 2}
    assert done.reasons == {"duplicate_email": 1, "missing_field": 1}


def test_long_rows_are_fewer_in_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_TEXT", 60)

    made = imported(table(4))

    kept = made.chunks.order_by("number").values_list("rows", flat=True)
    assert [len(json.loads(rows)) for rows in kept] == [3, 1]
    monkeypatch.setattr(upload, "MOST_TEXT", 20)
    assert imported(table(4)).chunks.count() == 4
    assert made.counts == {"queued": 4}


def test_the_result_has_a_line_a_row() -> None:
    made = imported(table(4))

    found = list(lines(made))

    pks = Lead.objects.order_by("pk").values_list("pk", flat=True)
    assert found == [[str(n), "Queued", str(pk), "", ""] for n, pk in enumerate(pks, 2)]


def test_the_file_is_deleted_a_week_after_the_end() -> None:
    made = imported(table(4))

    assert forget_files(timezone.now() + timedelta(days=6, hours=23)) == 0
    assert forget_files(timezone.now() + timedelta(days=7, minutes=1)) == 1

    made.refresh_from_db()
    assert (made.name, made.columns, ImportChunk.objects.count()) == ("", [], 0)
    assert made.counts == {"queued": 4}


def test_what_is_under_way_is_not_deleted() -> None:
    made = upload.upload(io.BytesIO(table(4)), "leads.csv", make_site(), None)
    run.start(made.pk)

    assert forget_files(timezone.now() + timedelta(days=30)) == 0


def test_an_erased_person_is_taken_out_of_the_file(admin_user: User) -> None:
    made = upload.upload(io.BytesIO(table(5)), "leads.csv", make_site(), None)
    run.start(made.pk)
    run.import_chunk(made.pk)

    erase_person(Lead.objects.filter(email="ada1@example.com"), user=admin_user)
    erase_person(Lead.objects.none(), typed=("ada4@example.com", ""))
    carried_out(made)

    kept = " ".join(made.chunks.values_list("rows", flat=True))
    assert "ada1@" not in kept
    assert "ada4@" not in kept
    assert "ada2@" in kept
    assert made.counts == {"queued": 4, "erased": 1}


def test_the_command_imports_and_says_what_became_of_it(tmp_path: Any, capsys: Any) -> None:
    site, file = make_site(name="Shop"), tmp_path / "leads.csv"
    file.write_bytes(table(4))
    result = tmp_path / "result.csv"

    call_command("importleads", "Shop", str(file), "--dry-run")
    assert "Would be queued: 4" in capsys.readouterr().out
    assert not ImportChunk.objects.exists()
    call_command("importleads", "Shop", str(file), "--key", "Id", "--result", str(result))

    assert "Queued: 4" in capsys.readouterr().out
    assert Lead.objects.filter(site=site).count() == 4
    assert len(result.read_text("utf-8-sig").splitlines()) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Nowhere", "{file}"], "There is no site"),
        (["Shop", "{file}.gone"], "cannot be read"),
        (["Shop", "{file}", "--key", "Nr"], "no such column"),
        (["Shop", "{file}", "--column", "nobody=Id"], "no field nobody"),
        (["Shop", "{file}", "--column", "Id"], "say FIELD=COLUMN"),
    ],
)
def test_the_command_says_in_one_line_why_not(
    tmp_path: Any, arguments: list[str], words: str
) -> None:
    make_site(name="Shop")
    file = tmp_path / "leads.csv"
    file.write_bytes(table(1))

    with pytest.raises(CommandError, match=words):
        call_command("importleads", *(one.format(file=file) for one in arguments))


def test_every_outcome_has_words() -> None:
    assert all(str(one.label) for one in Outcome)
