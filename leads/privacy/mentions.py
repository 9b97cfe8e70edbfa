"""Leads that name a person elsewhere than where leads are looked for: before a correction, or in
what another person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from leads.data import columns
from leads.models import Lead, LeadEvent, Revision
from leads.privacy.traces import is_named_in_bytes, wanted_of
from leads.privacy.unfolded import leaves, plain

RUN = re.compile(r"[\w.@-]+", re.ASCII)


def longest_run(text: str) -> str:
    """The part of a text that stands in every database's JSON as it is written."""
    return max(RUN.findall(text), key=len, default="")


def corrected_leads_of(known: Mapping[str, str]) -> list[int]:
    """Leads that had one of these columns before a person corrected it, or between two times."""
    named = [longest_run(text) for text in known.values() if longest_run(text)]
    had = Q()
    for run in named:
        had |= Q(came__icontains=run) | Q(then__icontains=run)
    if not named:
        return []
    rows = Revision.objects.filter(lead__erased_at=None).annotate(
        came=Cast("lead__data", TextField()), then=Cast("data", TextField())
    )
    found = rows.filter(had).values_list("lead_id", "lead__data", "lead__reading", "data")
    return sorted(
        {
            pk
            for pk, data, reading, revised in found.order_by("lead_id").iterator()
            if any(_is(known, one) for one in (data, (reading or {}).get("fields"), revised))
        }
    )


def _is(known: Mapping[str, str], data: dict[str, Any] | None) -> bool:
    then = columns(data or {})
    return any(known[name] and then[name] == known[name] for name in ("email", "phone"))


def leads_naming(email: str, known: Iterable[int]) -> list[int]:
    """Other leads than the known ones that name the address: whose they are, a person must see.

    Every lead is looked through, by the database: minutes, where there are millions.
    """
    run = longest_run(email.strip())
    if not run:
        return []
    wanted, known = wanted_of([], email), set(known)
    rows = naming(run).values_list("pk", "data", "page", "reason_text").exclude(pk__in=known)
    named = [
        pk
        for pk, data, *texts in rows.order_by("pk").iterator()
        if any(wanted.is_named_in(plain(text)) for text in (*leaves(data), *texts))
    ]
    noted = LeadEvent.objects.filter(note__icontains=run).values_list("lead_id", "note")
    named += [pk for pk, note in noted if wanted.is_named_in(note)]
    long = Lead.objects.filter(erased_at=None, flags__contains="too_many")
    bodies = long.order_by("pk").values_list("pk", "body").iterator()
    named += [pk for pk, body in bodies if is_named_in_bytes(wanted, bytes(body))]
    return sorted(set(named) - known)


def naming(run: str) -> QuerySet[Lead]:
    """Leads in whose data, page or words a text stands, as it is written there."""
    rows = Lead.objects.filter(erased_at=None).annotate(came=Cast("data", TextField()))
    there = Q()
    for text in {run, quote(run, safe="")}:
        there |= Q(came__icontains=text) | Q(page__icontains=text) | Q(reason_text__icontains=text)
    return rows.filter(there)
