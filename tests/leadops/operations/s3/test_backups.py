"""Backups in a bucket: there once their manifest is, deleted whole, erased people beside them."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import uuid
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from leadops.operations import backup, restore
from leadops.operations.backup import ERASED
from leadops.operations.dumps import NotDone
from leadops.operations.s3 import backups
from leadops.operations.s3.address import Address
from leadops.operations.s3.backups import rotate, upload
from leadops.operations.s3.bucket import Bucket
from leads.models import Lead
from tests.factories import make_lead
from tests.leadops.operations.s3.conftest import SECRET

pytestmark = pytest.mark.one_database


def dump_of(day: int) -> str:
    return f"leadops-202511{day:02}T000000Z.dump"


def put(bucket: Bucket, *names: str) -> None:
    for name in names:
        bucket.put(name, b"x")


def put_whole(bucket: Bucket, *days: int) -> None:
    for day in days:
        put(bucket, dump_of(day), backups.manifest_of(dump_of(day)))


def made_in(bucket: Bucket) -> list[str]:
    """What no test put there."""
    return [name for name in bucket.sizes() if not name.startswith(("leadops-202511", ERASED))]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What TMPDIR names."""
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "work"))
    return tmp_path / "work"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A dump with its manifest, as `backup.make` leaves them."""
    dump = tmp_path / dump_of(29)
    dump.write_bytes(os.urandom(1000))
    manifest = backup.Manifest(dump.name, backup.digest_of(dump), "", "", "sqlite", {})
    manifest.write(tmp_path)
    return dump


# --- The commands ---------------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
def test_a_bucket_gets_what_a_folder_gets_and_tells_no_secret(bucket: Bucket, work: Path) -> None:
    lead = make_lead(name="Ada Lovelace")
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now())
    elsewhere = uuid.uuid4()
    bucket.put(ERASED, f"{elsewhere}\n".encode())
    put_whole(bucket, 1, 2)
    told = StringIO()

    call_command("backup", to=str(bucket.address), keep=2, stdout=told)

    dump, manifest = sorted(made_in(bucket), key=lambda name: name.endswith(".json"))
    assert json.loads(bucket.get(manifest) or b"")["sha256"] == bucket.digest_of(dump)
    assert set((bucket.get(ERASED) or b"").decode().split()) == {
        str(elsewhere),
        str(lead.reference),
    }
    written, deleted = told.getvalue().splitlines()
    assert written.startswith(f"{bucket.address}/{dump} written")
    assert deleted == "leadops-20251101T000000Z deleted."
    assert list(work.iterdir()) == []
    for canary in ("Lovelace", SECRET, "canary-of-a-key"):
        assert canary not in told.getvalue()


@pytest.mark.django_db
def test_the_erased_alone_are_written_every_hour(bucket: Bucket) -> None:
    told = StringIO()

    call_command("backup", "--erased-only", to=str(bucket.address), stdout=told)

    assert told.getvalue() == "0 erased references written.\n"
    assert bucket.sizes() == {ERASED: 0}


@pytest.mark.django_db
def test_a_restore_asks_for_an_empty_database_before_anything_comes_over(bucket: Bucket) -> None:
    with pytest.raises(CommandError, match="is not empty"):
        call_command("restore", str(bucket.address))


def test_without_the_packages_one_line_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "leadops.operations.s3.bucket", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(CommandError, match=r"pip install -r requirements-s3\.txt$"):
        call_command("backup", to="s3://backups/leads")


@pytest.mark.parametrize("to", ["s3://", "s3://a", "s3:/backups/leads", "S3://backups", "gs://b/c"])
def test_what_is_neither_folder_nor_bucket_is_refused(to: str) -> None:
    with pytest.raises(CommandError, match="s3://BUCKET/PREFIX"):
        call_command("backup", to=to)


# --- Whole or not there ---------------------------------------------------------------------------


def test_a_large_dump_is_stored_in_parts_and_comes_back(
    bucket: Bucket, written: Path, tmp_path: Path
) -> None:
    content = os.urandom(17 * 1024**2)
    written.write_bytes(content)
    backup.Manifest(written.name, backup.digest_of(written), "", "", "sqlite", {}).write(tmp_path)
    (tmp_path / "back").mkdir()

    upload(bucket, written, read_back=True)
    put_whole(bucket, 28)

    back = backups.fetch(bucket.address, tmp_path / "back")
    assert back.name == written.name
    assert back.read_bytes() == content


@pytest.mark.parametrize("step", ["put_file", "sizes", "digest_of", "put"])
def test_an_upload_that_dies_at_any_step_is_no_backup(
    bucket: Bucket, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    put_whole(bucket, 1)
    with monkeypatch.context() as broken:
        broken.setattr(Bucket, step, lambda *_given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            upload(bucket, written, read_back=True)
    (tmp_path / "back").mkdir()
    bucket.put(backups.manifest_of(dump_of(1)), json.dumps(manifest_of_first()).encode())

    assert backups.fetch(bucket.address, tmp_path / "back").name == dump_of(1)
    with pytest.raises(NotDone, match="nothing was deleted"):
        rotate(bucket, 1, written.name)
    assert dump_of(1) in bucket.sizes()


def manifest_of_first() -> dict[str, Any]:
    parts = {"made_at": "", "version": "", "vendor": "sqlite", "figures": {}, "a_later_name": 1}
    return {"file": dump_of(1), "sha256": ""} | parts


def test_what_arrived_otherwise_than_it_was_sent_is_no_backup(
    bucket: Bucket, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "digest_of", lambda _name: "0" * 64)

    with pytest.raises(NotDone, match="digest differs"):
        upload(bucket, written, read_back=True)

    assert bucket.sizes().keys() == {written.name}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", json.dumps(manifest_of_first()).encode()]
)
def test_a_manifest_that_is_none_stops_the_restore(
    bucket: Bucket, tmp_path: Path, content: bytes
) -> None:
    put(bucket, dump_of(2))
    bucket.put(backups.manifest_of(dump_of(2)), content)

    with pytest.raises(NotDone, match="cannot be read"):
        backups.fetch(bucket.address, tmp_path)


@pytest.mark.parametrize("end", ["", f"/{dump_of(3)}", f"/{dump_of(2)}"])
def test_a_backup_that_is_not_there_is_named(bucket: Bucket, tmp_path: Path, end: str) -> None:
    put(bucket, dump_of(3), "leadops-erased.txt")

    address = Address.parse(f"{bucket.address}{end}")
    assert address
    with pytest.raises(NotDone, match="There is no backup at"):
        backups.fetch(address, tmp_path)


def test_the_backup_that_an_address_names_comes_with_its_list(
    bucket: Bucket, tmp_path: Path
) -> None:
    put_whole(bucket, 1, 2)
    bucket.put(backups.manifest_of(dump_of(1)), json.dumps(manifest_of_first()).encode())
    put(bucket, ERASED)

    address = Address.parse(f"{bucket.address}/{dump_of(1)}")
    assert address
    dump = backups.fetch(address, tmp_path)

    assert dump.name == dump_of(1)
    assert (tmp_path / ERASED).exists()
    with pytest.raises(NotDone, match="digest differs"):
        restore.load(dump)


# --- Rotation -------------------------------------------------------------------------------------


class Listed:
    """A bucket in memory."""

    address = "s3://backups"

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def sizes(self) -> dict[str, int]:
        return dict.fromkeys(self.names, 1)

    def delete(self, name: str) -> None:
        self.names.remove(name)


@settings(deadline=None)
@given(
    whole=st.sets(st.integers(1, 12), min_size=1),
    torn=st.sets(st.integers(1, 12)),
    keep=st.integers(1, 15),
    data=st.data(),
)
def test_the_newest_backups_stay_whole_whatever_lies_there(
    whole: set[int], torn: set[int], keep: int, data: st.DataObject
) -> None:
    """Also a clock that went back: the backup just made stays."""
    made, torn = data.draw(st.sampled_from(sorted(whole))), torn - whole
    others = {"notes.txt", ERASED, "leadops-20251101T000000Z.dump.bak", "older/leadops.dump"}
    names = others | {dump_of(day) for day in whole | torn}
    there = Listed(names | {backups.manifest_of(dump_of(day)) for day in whole})

    gone = rotate(there, keep, dump_of(made))  # type: ignore[arg-type]  # as far as it is asked

    stay = {*sorted(whole)[-keep:], made}
    left = torn if len(whole) < keep else {day for day in torn if day > min(stay)}
    assert there.names == others | {dump_of(day) for day in stay | left} | {
        backups.manifest_of(dump_of(day)) for day in stay
    }
    assert len(gone) == len(whole - stay) + len(torn - left)


def test_parts_of_uploads_that_never_ended_go(bucket: Bucket) -> None:
    for name in (dump_of(1), "of-somebody-else"):
        bucket.client.create_multipart_upload(**bucket.where(name))

    # On this server all of them began in 2010.
    bucket.abandon_uploads(datetime(2010, 1, 1, tzinfo=UTC))
    asked = {"Bucket": bucket.address.bucket}
    assert len(bucket.client.list_multipart_uploads(**asked)["Uploads"]) == 2
    bucket.abandon_uploads(datetime.now(UTC) - backups.STALE)

    [left] = bucket.client.list_multipart_uploads(**asked)["Uploads"]
    assert left["Key"].endswith("of-somebody-else")


# --- The folder of the work -----------------------------------------------------------------------


def be_stopped() -> None:
    with backups.work_folder() as folder:
        (folder / "leadops.dump").touch()
        os.kill(os.getpid(), signal.SIGTERM)


def test_nothing_readable_is_left_where_we_are_told_to_stop(work: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        be_stopped()

    assert stopped.value.code == 143
    assert list(work.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_what_a_killed_process_left_goes_a_day_later(work: Path) -> None:
    now = datetime.now(UTC).timestamp()
    for name, age in (
        ("leadops-backup-old", 90_000),
        ("leadops-backup-new", 10),
        ("other", 90_000),
    ):
        (work / name).mkdir()
        os.utime(work / name, (now - age, now - age))

    with backups.work_folder():
        pass

    assert {path.name for path in work.iterdir()} == {"leadops-backup-new", "other"}
