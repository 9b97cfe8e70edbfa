"""Bringing a backup back, so that nobody is mailed, erased people stay erased and nothing is sent.

The database must be empty. What the backup holds is loaded, brought to this version's schema, and
everybody erased since is erased again, before any process may look at it. Every destination is then
paused: leads that were delivered after the backup was made wait in it as if they had not been.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.core.management import call_command
from django.db import connection

from leadops.operations.backup import Manifest, decrypted, digest_of
from leadops.operations.dumps import NotDone, of_this_database
from leads.clock import database_now
from leads.models import Destination, Lead
from leads.privacy.erase import erase_person
from leads.reasons import Reason

UNDELIVERED = (Lead.Status.QUEUED, Lead.Status.SENDING)


class Undelivered(NamedTuple):
    """A lead that waits in the backup."""

    id: int
    reference: uuid.UUID
    received_at: datetime
    status: str
    site: str


@dataclass
class Restored:
    """What became of it."""

    erased: int = 0
    """Leads erased again."""
    paused: list[str] = field(default_factory=list)
    """The names of the destinations that are paused now."""


def refuse_unless_empty() -> None:
    """Raises NotDone where the database has a table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    if tables:
        raise NotDone(
            f"The database of DATABASE_URL is not empty: {len(tables)} tables are in it. A backup "
            "goes into a new database only."
        )


def load(dump: Path, identity: str = "") -> None:
    """Fill the empty database from a dump. Raises NotDone."""
    if not dump.is_file():
        raise NotDone(f"There is no file {dump}.")
    manifest = Manifest.read(dump)
    if manifest and digest_of(dump) != manifest.sha256:
        raise NotDone(f"{dump.name} is not what was written: its digest differs.")
    if manifest and manifest.vendor != connection.vendor:
        raise NotDone(f"{dump.name} is of {manifest.vendor}, DATABASE_URL of {connection.vendor}.")
    refuse_unless_empty()
    with tempfile.TemporaryDirectory(dir=dump.parent, prefix=".leadops-") as folder:
        of_this_database().load(decrypted(dump, identity, Path(folder)))


def make_safe(references: Iterable[uuid.UUID]) -> Restored:
    """Bring what was loaded to this version; erase who was erased since; pause all sending."""
    call_command("migrate", interactive=False, verbosity=0)
    gone = Lead.objects.filter(reference__in=list(references), erased_at=None)
    restored = Restored(erased=erase_person(gone))
    now = database_now()
    for destination in Destination.objects.order_by("name"):
        # By the table and not by the decision: nobody is to be mailed of it.
        Destination.objects.pause(destination.pk, Reason.PAUSED_BY_HAND, now, None)
        restored.paused.append(destination.name)
    return restored


def undelivered() -> Iterator[Undelivered]:
    """The leads that would be sent as soon as their destination is resumed, oldest first."""
    rows = Lead.objects.filter(status__in=UNDELIVERED).order_by("received_at", "pk")
    columns = rows.values_list("pk", "reference", "received_at", "status", "site__name")
    return map(Undelivered._make, columns.iterator())
