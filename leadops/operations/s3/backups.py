"""Backups in a bucket: the same files as in a folder, by the same names.

A backup is there once its manifest is: that is stored last, and deleted first. A dump without one
is left of an upload that was killed; nobody restores it, rotation does not count it, and takes it
away once it is older than every backup that is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from leadops.operations import backup
from leadops.operations.backup import ERASED, Manifest
from leadops.operations.dumps import NotDone
from leadops.operations.s3.address import Address

if TYPE_CHECKING:
    from leadops.operations.s3.bucket import Bucket

DUMP = re.compile(r"(?P<name>leadops-\d{8}T\d{6}Z)\.(?:dump|sqlite3)(?:\.(?:age|gpg))?")
WORK = "leadops-backup-"
STALE = timedelta(days=1)
"""No upload and no work takes so long."""


@dataclass(frozen=True)
class Wishes:
    """How a backup is to be made: the command's options."""

    keep: int
    encrypt_for: str = ""
    verify: bool = False
    identity: str = ""


def back_up(bucket: Bucket, wishes: Wishes) -> Iterator[str]:
    """Make a backup and delete the oldest ones; a line for each step done. Raises NotDone."""
    with work_folder() as folder:
        # First: who may not do that is told before an hour of work.
        write_erased(bucket, folder)
        dump = backup.make(folder, wishes.encrypt_for)
        if wishes.verify:
            backup.verify(dump, wishes.identity)
        upload(bucket, dump, read_back=wishes.verify)
        yield f"{bucket.address}/{dump.name} written, {dump.stat().st_size:,} bytes."
        if wishes.verify:
            yield "Loaded into a database of its own: the figures agree. Read back: it is the same."
        write_erased(bucket, folder)
    for name in rotate(bucket, wishes.keep, dump.name):
        yield f"{name} deleted."
    try:
        bucket.abandon_uploads(datetime.now(UTC) - STALE)
    except NotDone as error:
        # The backup is there all the same; not every server can be asked, or asked by everybody.
        yield f"Parts of uploads that never ended may lie there, and cost: {error}"


def upload(bucket: Bucket, dump: Path, read_back: bool) -> None:
    """The dump, and once it is there as it is here, the manifest. Raises NotDone."""
    bucket.put_file(dump.name, dump)
    if bucket.sizes().get(dump.name) != dump.stat().st_size:
        raise NotDone(f"{bucket.address}/{dump.name} is not there as it was sent.")
    manifest = backup.path_of_manifest(dump)
    if read_back and bucket.digest_of(dump.name) != backup.digest_of(dump):
        raise NotDone(f"{bucket.address}/{dump.name} is not what was sent: its digest differs.")
    bucket.put(manifest.name, manifest.read_bytes())


def write_erased(bucket: Bucket, folder: Path) -> int:
    """As beside backups in a folder: those that stand there stay. How many. Raises NotDone."""
    path = folder / ERASED
    if (known := bucket.get(ERASED)) is not None:
        path.write_bytes(known)
    count = backup.write_erased(folder)
    bucket.put(ERASED, path.read_bytes())
    return count


def erased_only(bucket: Bucket) -> int:
    """Write down the references of the erased alone; how many. Raises NotDone."""
    with work_folder() as folder:
        return write_erased(bucket, folder)


def rotate(bucket: Bucket, keep: int, made: str) -> list[str]:
    """Delete all backups but the newest ones and the one just made; the names of those deleted."""
    there = bucket.sizes()
    dumps = sorted(name for name in there if DUMP.fullmatch(name))
    whole = [name for name in dumps if manifest_of(name) in there]
    if made not in whole:
        raise NotDone(f"{bucket.address}/{made} is not listed: nothing was deleted.")
    kept = {*whole[-keep:], made}
    oldest = min(kept)
    gone = [name for name in whole if name not in kept]
    if len(whole) >= keep:
        left = [name for name in dumps if name not in whole and name < oldest]
        gone = sorted([*gone, *left])
    for name in gone:
        # In this order: without its manifest it is no backup any more.
        if manifest_of(name) in there:
            bucket.delete(manifest_of(name))
        bucket.delete(name)
    return [name.partition(".")[0] for name in gone]


def fetch(address: Address, folder: Path) -> Path:
    """Bring a backup here: the newest of an address, or the one that it names. Raises NotDone.

    Its manifest and, where there is one, the list of the erased lie beside it, as in a folder.
    """
    place, _slash, wanted = address.prefix.rpartition("/")
    if DUMP.fullmatch(wanted):
        address = Address(address.bucket, place)
    else:
        wanted = ""
    bucket = address.open()
    there = bucket.sizes()
    whole = [name for name in there if DUMP.fullmatch(name) and manifest_of(name) in there]
    name = wanted or max(whole, default="")
    if name not in whole:
        raise NotDone(f"There is no backup at {address}{f'/{name}' if name else ''}.")
    dump = folder / name
    for one in (name, manifest_of(name), *({ERASED} & there.keys())):
        bucket.get_file(one, folder / one)
    manifest = Manifest.read(dump)
    if manifest is None or manifest.file != name:
        raise NotDone(f"{address}/{manifest_of(name)} cannot be read: it was not written so.")
    return dump


def manifest_of(dump: str) -> str:
    """What the manifest of a dump is called."""
    return backup.path_of_manifest(Path(dump)).name


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder below TMPDIR for its owner alone, gone at the end, also when we are told to stop."""
    for left in Path(tempfile.gettempdir()).glob(f"{WORK}*"):
        if is_left_over(left):
            shutil.rmtree(left, ignore_errors=True)
    before = signal.signal(signal.SIGTERM, lambda *_given: sys.exit(128 + signal.SIGTERM))
    try:
        with tempfile.TemporaryDirectory(prefix=WORK) as folder:
            yield Path(folder)
    finally:
        signal.signal(signal.SIGTERM, before)


def is_left_over(folder: Path) -> bool:
    """Whether a process of ours that was killed left it: others may write below TMPDIR as well."""
    try:
        known = folder.lstat()
    except FileNotFoundError:
        return False
    old = known.st_mtime < time.time() - STALE.total_seconds()
    return old and known.st_uid == os.getuid()
