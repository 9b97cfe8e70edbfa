"""Files of leads that are kept while they are imported: rows of a person are taken out of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from leads.clock import database_now
from leads.models import ImportChunk, LeadImport
from leads.privacy.traces import Wanted
from leads.privacy.unfolded import leaves, plain


def forget_files(now: datetime) -> int:
    """Delete the rows of imports that ended a week ago; of how many."""
    old = list(LeadImport.objects.over(now))
    for one in old:
        one.forget(now)
    return len(old)


def erase_in_files(emails: Iterable[str], phones: Iterable[str]) -> int:
    """Empty every row that names one of these; how many. What came of the row stays known."""
    wanted = Wanted(list(emails), list(phones))

    def is_theirs(data: Any) -> bool:
        return wanted.is_named_in("\n".join(plain(leaf) for leaf in leaves(data)))

    # A chunk at a time in memory; of most a look at the whole says that nobody is in it.
    chunks = ImportChunk.objects.order_by("pk").values_list("pk", "rows")
    named = [pk for pk, rows in chunks.iterator(20) if wanted.is_named_in(plain(rows))]
    for one in LeadImport.objects.with_file():
        # With .csv behind it, an address reads as a longer one.
        if is_theirs([one.name, one.name.rpartition(".")[0], one.columns]):
            one.forget(database_now())
    return sum(_emptied(pk, lambda _lead, data: is_theirs(data)) for pk in named)


def erase_rows_of(leads: Collection[int]) -> int:
    """Empty the rows that became these leads; how many."""
    ids = set(leads)
    done = ImportChunk.objects.exclude(results="").order_by("pk")
    return sum(
        _emptied(pk, lambda lead, _data: lead in ids) for pk in done.values_list("pk", flat=True)
    )


@transaction.atomic
def _emptied(pk: int, is_theirs: Callable[[int | None, Any], bool]) -> int:
    chunk = ImportChunk.objects.select_for_update().filter(pk=pk).first()
    if chunk is None:
        return 0
    rows = json.loads(chunk.rows)
    results = json.loads(chunk.results or "[]")
    leads = {one[0]: one[2] for one in results}
    gone = {line for line, data in rows if data is not None and is_theirs(leads.get(line), data)}
    if gone:
        chunk.rows = json.dumps(
            [[line, None if line in gone else data] for line, data in rows], ensure_ascii=False
        )
        chunk.results = chunk.results and json.dumps(
            [[*one[:4], "" if one[0] in gone else one[4]] for one in results], ensure_ascii=False
        )
        chunk.save(update_fields=["rows", "results"])
    return len(gone)
