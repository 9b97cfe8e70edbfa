"""What reading back found, written down: marks, losses with their causes, one notice a cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction

from leads.models import Incomplete, Site
from leads.signals import leads_incomplete
from zoho.models import Cause, Loss, ReadBack
from zoho.proof.judge import Lost

State = ReadBack.State
TOLD_FOR = timedelta(days=1)
"""How long nobody is told again of a cause that was gone and is back."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When people were told of a cause that only test leads have met."""
KINDS = {
    Cause.Kind.DROPPED: ("is no longer a field in Zoho", "are no longer fields in Zoho"),
    Cause.Kind.OUTSIDE: ("is not in the layout", "are not in the layout"),
    Cause.Kind.READ_ONLY: ("can no longer be written", "can no longer be written"),
    Cause.Kind.EMPTY: ("is empty in Zoho", "are empty in Zoho"),
    Cause.Kind.REPLACED: ("holds another reference in Zoho", "hold other references in Zoho"),
    Cause.Kind.CUT: ("was cut in Zoho", "were cut in Zoho"),
}
"""What is said of one field, and of several."""


@transaction.atomic
def mark_whole(rows: Sequence[ReadBack], now: datetime) -> None:
    """All that was sent is there: what was kept for the comparison goes."""
    ids = [row.pk for row in rows]
    ReadBack.objects.filter(pk__in=ids).update(state=State.WHOLE, sent=None, read_at=now)
    Incomplete.objects.filter(lead__in=[row.lead_id for row in rows]).delete()


@transaction.atomic
def mark_missing(rows: Sequence[ReadBack], state: str, now: datetime) -> None:
    """The records are not there any more, which is told and is no fault: nothing is marked."""
    ids = [row.pk for row in rows]
    ReadBack.objects.filter(pk__in=ids).update(state=state, sent=None, read_at=now)
    Loss.objects.filter(read_back__in=ids, restored_at=None).delete()
    Incomplete.objects.filter(lead__in=[row.lead_id for row in rows]).delete()


@transaction.atomic
def mark_incomplete(found: Sequence[tuple[ReadBack, list[Lost]]], now: datetime) -> None:
    """Values are not there: mark the leads, and tell each site's people once of each cause."""
    news: dict[Site, dict[Cause, set[int]]] = defaultdict(lambda: defaultdict(set))
    for row, lost in found:
        told = news[row.lead.site]
        for cause, is_known in _keep(row, lost, now).items():
            if not row.lead.is_test and (cause in told or not is_known):
                told[cause].add(row.lead_id)
        missing = ", ".join(one.field for one in lost)[:200]
        mark = {"missing": missing, "found_at": now}
        Incomplete.objects.update_or_create(lead=row.lead, defaults=mark)
    ids = [row.pk for row, _lost in found]
    ReadBack.objects.filter(pk__in=ids).update(state=State.INCOMPLETE, read_at=now)
    for site, causes in news.items():
        if not causes:
            continue
        count = len(set.union(*causes.values()))
        leads_incomplete.send(Site, site=site, count=count, text=words(causes), now=now)
        Cause.objects.filter(pk__in=[cause.pk for cause in causes]).update(told_at=now)


def _keep(row: ReadBack, lost: Iterable[Lost], now: datetime) -> dict[Cause, bool]:
    """Note the losses of a lead; their causes, and whether people know of each."""
    causes = {}
    for one in lost:
        cause, _made = Cause.objects.get_or_create(
            site=row.lead.site,
            module=row.module,
            field=one.field[:100],
            kind=one.kind,
            defaults={"told_at": NEVER},
        )
        causes[cause] = _is_known(cause, now)
        Loss.objects.update_or_create(
            read_back=row,
            field=one.field[:100],
            defaults={"cause": cause, "restored_at": None},
            create_defaults={"cause": cause, "found_at": now},
        )
    return causes


def _is_known(cause: Cause, now: datetime) -> bool:
    """Whether people were told of it, and it was not gone since. Of test leads nobody is told."""
    if cause.told_at == NEVER:
        return False
    real = cause.losses.filter(restored_at=None, read_back__lead__is_test=False)
    return now - cause.told_at <= TOLD_FOR or real.exists()


def words(causes: Iterable[Cause]) -> str:
    """Which fields, and why, in one line: names only."""
    fields: dict[str, list[str]] = defaultdict(list)
    for cause in causes:
        fields[cause.kind].append(cause.field)
    said = [
        f"{', '.join(sorted(names))} {KINDS[Cause.Kind(kind)][len(names) > 1]}"
        for kind, names in sorted(fields.items())
    ]
    return f"{'; '.join(said)}."
