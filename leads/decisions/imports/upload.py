"""Uploading a file of leads: read whole, then kept whole, or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, TextIO

from django.db import transaction
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.data import KNOWN_FIELDS, as_text
from leads.intake.body.fields import storable
from leads.intake.files.prepared import written
from leads.intake.files.refused import FileRefused
from leads.intake.files.rows import Row, Rows, open_rows
from leads.models import ImportChunk, LeadImport, Site

CHUNK = 500
"""Rows of one transaction later on."""
MOST_TEXT = 2_000_000
"""Characters of one, but for its last row: a row may have a million."""
OF_AN_EXPORT = frozenset({"Lead", "Reference", "Site", "Status", "Revision"})
"""Columns by which an exported table of failed leads is known."""


class ReadFile(NamedTuple):
    """A file that was read to its end: its chunks beside, a line each."""

    beside: TextIO
    columns: list[str]
    total: int


@contextmanager
def read_whole(file: BinaryIO) -> Iterator[ReadFile]:
    """A file's rows, for as long as they are kept. Raises FileRefused.

    Nothing is written to the database meanwhile, so that nobody waits for it.
    """
    rows = open_rows(file)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as beside:
        total = _copied(rows, beside)
        yield ReadFile(beside, rows.columns, total)


def upload(file: BinaryIO, name: str, site: Site | None, user: Any) -> LeadImport:
    """Keep the rows of a file for an import that a person then starts. Raises FileRefused.

    A file that is refused leaves nothing.
    """
    with read_whole(file) as found:
        return keep(found, name, site, user)


@transaction.atomic
def keep(found: ReadFile, name: str, site: Site | None, user: Any) -> LeadImport:
    """The import of a file that was read. Raises FileRefused."""
    kind = kind_of(found.columns)
    _check(kind, site, found.columns)
    now = database_now()
    made = LeadImport.objects.create(
        kind=kind,
        site=site,
        name=storable(name)[:200],
        columns=found.columns,
        total=found.total,
        created_by_id=getattr(user, "pk", None),
        created_at=now,
        touched_at=now,
    )
    found.beside.seek(0)
    chunks: Iterator[ImportChunk] = (
        ImportChunk(lead_import=made, number=number, rows=line.rstrip("\n"))
        for number, line in enumerate(found.beside)
    )
    while batch := list(islice(chunks, 20)):
        ImportChunk.objects.bulk_create(batch)
    return made


def kind_of(columns: list[str]) -> str:
    """Whether the file is a table of failed leads that was exported from here."""
    is_export = set(columns) >= OF_AN_EXPORT
    return LeadImport.Kind.CORRECTIONS if is_export else LeadImport.Kind.LEADS


def _check(kind: str, site: Site | None, columns: list[str]) -> None:
    if kind == LeadImport.Kind.CORRECTIONS:
        if missing := {"Lead", "Revision"} - set(columns):
            raise FileRefused(
                _("Corrections need the columns %(names)s of the export."),
                names=", ".join(sorted(missing)),
            )
    elif site is None:
        raise FileRefused(_("Say which site the leads are of."))


def _copied(rows: Rows, beside: TextIO) -> int:
    """Write the rows beside, a chunk a line; how many there are. Raises FileRefused."""
    total = 0
    for chunk in _chunks(rows.rows):
        beside.write(written(chunk) + "\n")
        total += len(chunk)
    return total


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows, as many together as one transaction takes: fewer where they are long."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += sum(len(as_text(value)) for value in row.data.values())
        if len(chunk) == CHUNK or size > MOST_TEXT:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def choose(pk: int, chosen: dict[str, str], key_column: str, sends: bool = True) -> bool:
    """Say which columns are which field, and which tells rows apart; False once it has begun.

    Raises FileRefused for a column that the file has not.
    """
    made = LeadImport.objects.with_file().get(pk=pk)
    known = {*made.columns}
    if wrong := [name for name in chosen if name not in KNOWN_FIELDS]:
        raise FileRefused(_("There is no field %(name)s."), name=wrong[0])
    if any(column and column not in known for column in (*chosen.values(), key_column)):
        raise FileRefused(_("The file has no such column."))
    planned = (LeadImport.State.PLANNED, LeadImport.State.TRYING)
    return LeadImport.objects.move(
        pk,
        planned,
        state=LeadImport.State.PLANNED,
        chosen={name: column for name, column in chosen.items() if column},
        key_column=key_column,
        sends=sends,
        trial=None,
        tried=0,
    )


def first_rows(made: LeadImport, count: int) -> list[tuple[int, dict[str, Any]]]:
    """The first rows of the file, those that were erased left out."""
    chunk = made.chunks.filter(number=0).first()
    found = json.loads(chunk.rows) if chunk else []
    return [(line, data) for line, data in found if data is not None][:count]
