"""Backups: whole or not there, only the newest kept, never loaded where something is."""

from __future__ import annotations

import json
import stat
import uuid
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from leadops.operations import backup, restore
from leadops.operations.dumps import NotDone
from leads.counters.deltas import as_json
from leads.models import Destination, Lead
from tests.factories import make_lead


@pytest.fixture
def dump(transactional_db: None, tmp_path: Path) -> Path:
    make_lead(name="Ada Lovelace")
    return backup.make(tmp_path / "backups")


def erase(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now())


def test_a_backup_says_what_is_in_it_and_only_its_owner_reads_it(dump: Path) -> None:
    manifest = backup.Manifest.read(dump)

    assert manifest
    assert manifest.figures == as_json()
    assert manifest.sha256 == backup.digest_of(dump)
    assert manifest.migrations["leads"]
    for path in dump.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert stat.S_IMODE(dump.parent.stat().st_mode) == 0o700


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "encrypted", lambda *_given: (_ for _ in ()).throw(NotDone("no")))

    with pytest.raises(CommandError, match="no"):
        call_command("backup", to=tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["age:", "pgp:0xAB", "age1abc", ":"])
def test_a_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotDone, match="Encrypt for whom"):
        backup.encrypted(tmp_path / "leadops.dump", tmp_path / "draft", key)


@pytest.mark.parametrize(("there", "keep", "left"), [(5, 2, 2), (2, 5, 2), (1, 1, 1), (0, 3, 0)])
def test_the_newest_backups_are_kept_whole(
    tmp_path: Path, there: int, keep: int, left: int
) -> None:
    names = [f"leadops-2026110{n}T000000Z" for n in range(1, there + 1)]
    for name in names:
        for suffix in ("dump.age", "json"):
            (tmp_path / f"{name}.{suffix}").touch()
    others = [tmp_path / "leadops-erased.txt", tmp_path / "notes.txt"]
    for other in others:
        other.touch()

    gone = backup.rotate(tmp_path, keep)

    stems = {path.name.partition(".")[0] for path in tmp_path.iterdir()} - {
        "leadops-erased",
        "notes",
    }
    assert stems == set(names[there - left :])
    assert gone == names[: there - left]
    assert all(other.exists() for other in others)


@pytest.mark.django_db
def test_the_list_of_the_erased_forgets_nobody(tmp_path: Path) -> None:
    """Also a reference that this database, restored from an older backup, does not know."""
    elsewhere, lead = uuid.uuid4(), make_lead()
    (tmp_path / backup.ERASED).write_text(f"{elsewhere}\n\n")
    erase(lead)

    assert backup.write_erased(tmp_path) == 2

    assert backup.read_erased(tmp_path / backup.ERASED) == {elsewhere, lead.reference}


def test_a_line_that_is_no_reference_stops_the_restore(tmp_path: Path) -> None:
    (tmp_path / backup.ERASED).write_text(f"{uuid.uuid4()}\nAda\n")

    with pytest.raises(NotDone, match="Line 2"):
        backup.read_erased(tmp_path / backup.ERASED)


@pytest.mark.django_db
def test_a_database_with_tables_is_refused() -> None:
    with pytest.raises(NotDone, match="is not empty"):
        restore.refuse_unless_empty()


def test_a_dump_that_was_changed_is_refused(dump: Path) -> None:
    dump.write_bytes(dump.read_bytes() + b"x")

    with pytest.raises(NotDone, match="digest differs"):
        restore.load(dump)


def test_a_dump_of_another_database_is_refused(dump: Path) -> None:
    path = backup.path_of_manifest(dump)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"vendor": "oracle"}))

    with pytest.raises(NotDone, match="is of oracle"):
        restore.load(dump)


def test_without_the_list_of_the_erased_nothing_is_restored(dump: Path) -> None:
    (dump.parent / backup.ERASED).unlink()

    with pytest.raises(CommandError, match="people who were erased would come back"):
        call_command("restore", dump)


@pytest.mark.django_db
def test_what_was_loaded_is_made_safe() -> None:
    """Whoever paused sending before, a person has to resume it; nobody is mailed of it."""
    lead, other = make_lead(name="Ada Lovelace"), make_lead()

    restored = restore.make_safe([lead.reference, uuid.uuid4()])

    assert restored.erased == 1
    assert restored.paused == [Destination.objects.get().name]
    assert {row.pause_reason for row in Destination.objects.all()} == {"paused_by_hand"}
    assert [waiting.id for waiting in restore.undelivered()] == [other.pk]
