"""A backup: one dump, what it holds, and the references of everybody who was erased.

    leadops-20261129T181700Z.dump      the database (`.sqlite3`; encrypted `.age` or `.gpg` more)
    leadops-20261129T181700Z.json      when, of which version, and the all-time figures in it
    leadops-erased.txt                 the references of all erased leads, of every backup

Each file is written beside its name and renamed: a backup that is there is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from leadops.operations.dumps import NotDone, of_this_database, run
from leadops.paths import BASE_DIR
from leads.privacy.references import erased_references, read_references

NAME = "leadops-{:%Y%m%dT%H%M%SZ}"
ERASED = "leadops-erased.txt"

ENCRYPT: dict[str, Callable[[str, Path, Path], tuple[str, ...]]] = {
    "age": lambda key, source, to: ("age", "--recipient", key, "--output", str(to), str(source)),
    "gpg": lambda key, source, to: (
        *("gpg", "--batch", "--yes", "--trust-model", "always", "--encrypt"),
        *("--recipient", key, "--output", str(to), str(source)),
    ),
}
"""By the suffix of what they make: the command that encrypts a file for the owner of a key."""
DECRYPT: dict[str, Callable[[str, Path, Path], tuple[str, ...]]] = {
    "age": lambda key, source, to: ("age", "--decrypt", "-i", key, "-o", str(to), str(source)),
    "gpg": lambda _key, source, to: (
        *("gpg", "--batch", "--yes", "--decrypt", "--output", str(to), str(source)),
    ),
}


@dataclass(frozen=True)
class Manifest:
    """What a dump holds, readable without it."""

    file: str
    sha256: str
    made_at: str
    """ISO 8601 in UTC."""
    version: str
    vendor: str
    figures: dict[str, Any]
    """As `leadstats --json` prints them."""
    migrations: dict[str, str] = field(default_factory=dict)
    """The last migration of each app."""

    @classmethod
    def read(cls, dump: Path) -> Manifest | None:
        """The one beside a dump; None where there is none, or none that can be read."""
        try:
            known: dict[str, Any] = json.loads(path_of_manifest(dump).read_text())
            # A later release may have written more.
            return cls(**{name: known[name] for name in cls.__dataclass_fields__ if name in known})
        except (OSError, ValueError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Put it beside its dump."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        write_whole(path_of_manifest(folder / self.file), text)


def path_of_manifest(dump: Path) -> Path:
    """Where the manifest of a dump lies."""
    return dump.with_name(f"{dump.name.partition('.')[0]}.json")


def make(folder: Path, encrypt_for: str = "") -> Path:
    """Write a backup into a folder; the file of the dump. Raises NotDone.

    `encrypt_for` is `age:RECIPIENT` or `gpg:KEY`: then nothing readable stays on the disk.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now, dumps = datetime.now(UTC), of_this_database()
    dump = folder / f"{NAME.format(now)}.{dumps.suffix}"
    draft = folder / f".{dump.name}.new"
    # Made here, with rights of ours: the programs that fill it would make it with theirs.
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        figures = dumps.dump(draft)
        dump, draft = encrypted(dump, draft, encrypt_for)
        manifest = Manifest(
            file=dump.name,
            sha256=digest_of(draft),
            made_at=now.isoformat(timespec="seconds"),
            version=settings.VERSION,
            vendor=connection.vendor,
            figures=figures,
            migrations=last_migrations(),
        )
        manifest.write(folder)
        put(draft, dump)
    finally:
        for left in folder.glob(f".{dump.name.partition('.')[0]}*"):
            left.unlink()
    write_erased(folder)
    return dump


def encrypted(dump: Path, draft: Path, encrypt_for: str) -> tuple[Path, Path]:
    """The dump and its draft, once it is encrypted for whom it shall be. Raises NotDone."""
    if not encrypt_for:
        return dump, draft
    kind, _sign, key = encrypt_for.partition(":")
    if kind not in ENCRYPT or not key:
        raise NotDone("Encrypt for whom? age:RECIPIENT or gpg:KEY")
    secret = draft.with_name(f"{draft.name}.{kind}")
    run(*ENCRYPT[kind](key, draft, secret))
    draft.unlink()
    return dump.with_name(f"{dump.name}.{kind}"), secret


def decrypted(dump: Path, identity: str, folder: Path) -> Path:
    """The dump as it can be loaded: a new file in `folder` if encrypted. Raises NotDone."""
    kind = dump.suffix.removeprefix(".")
    if kind not in DECRYPT:
        return dump
    if kind == "age" and not identity:
        raise NotDone("It is encrypted by age: name the file of your key with --identity")
    clear = folder / dump.stem
    run(*DECRYPT[kind](identity, dump, clear))
    return clear


def verify(dump: Path, identity: str = "") -> None:
    """Load a dump into a database of its own, and compare the figures. Raises NotDone.

    Counted there by a process of its own, as any other installation would.
    """
    manifest = Manifest.read(dump)
    if manifest is None:
        raise NotDone(f"{dump.name} has no {path_of_manifest(dump).name} beside it.")
    if digest_of(dump) != manifest.sha256:
        raise NotDone(f"{dump.name} is not what was written: its digest differs.")
    with of_this_database().scratch(dump.parent) as url:
        manage(url, "restore", str(dump), "--identity", identity, "--as-it-is")
        figures = json.loads(manage(url, "leadstats", "--json"))
    if figures != manifest.figures:
        raise NotDone(f"{dump.name} counts {figures}, and {manifest.figures} were written down.")


def manage(url: str, *arguments: str) -> str:
    """What a command prints that runs on another database. Raises NotDone."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "leadops", *arguments],
        cwd=BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotDone(f"{arguments[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def rotate(folder: Path, keep: int) -> list[str]:
    """Delete all backups but the newest ones; the names of those deleted."""
    by_name = sorted({path.name.partition(".")[0] for path in folder.glob("leadops-*T*Z.*")})
    gone = by_name[: max(0, len(by_name) - keep)]
    for name in gone:
        for path in folder.glob(f"{name}.*"):
            path.unlink()
    return gone


def write_erased(folder: Path) -> int:
    """Write down the references of all erased leads, beside those that stand there; how many.

    Those there stay: a database that came from an older backup may not know of them yet.
    """
    path = folder / ERASED
    known = read_erased(path) if path.exists() else set()
    known.update(erased_references())
    write_whole(path, "".join(f"{reference}\n" for reference in sorted(known)))
    return len(known)


def read_erased(path: Path) -> set[uuid.UUID]:
    """The references in such a list. Raises NotDone where it holds anything else."""
    try:
        return set(read_references(path.read_text().splitlines()))
    except ValueError as error:
        raise NotDone(f"{path.name}: {error}") from None


def last_migrations() -> dict[str, str]:
    """The last migration of each app that the database knows."""
    last: dict[str, str] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        last[app] = name
    return last


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, and for nobody else to read."""
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    put(draft, path)


def put(draft: Path, path: Path) -> None:
    """Give a file its name, once it is on the disk."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
