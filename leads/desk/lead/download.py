"""What is too much for the page of a lead, as files: its data, and what arrived."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from leads.desk.kit import masking
from leads.desk.kit.permissions import demand
from leads.models import Lead

MOST_FIELDS = 200
"""Fields that the page shows."""
LONGEST_VALUE = 20_000
"""Characters of a value, and of each text under the technical details, that the page shows."""


def data_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The fields as they would be sent, all of them, as JSON."""
    lead = lead_for(request, pk)
    content = json.dumps(lead.current_data(), indent=2, ensure_ascii=False).encode()
    return attached(content, f"lead-{pk}-data.json", "application/json")


def arrived_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What arrived, byte for byte."""
    content = bytes(lead_for(request, pk).body)
    return attached(content, f"lead-{pk}-arrived.bin", "application/octet-stream")


def lead_for(request: HttpRequest, pk: int) -> Lead:
    """The lead, for whoever may see it whole. Raises PermissionDenied and Http404."""
    demand(request, masking.PERMISSION)
    if not masking.may_see_leads_whole(request.user):
        raise PermissionDenied
    return get_object_or_404(Lead.objects.filter(erased_at=None), pk=pk)


def attached(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file that no browser shows and nothing keeps."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=kind, headers=headers)


class Shown(NamedTuple):
    """A text as far as the page shows it."""

    text: str
    is_cut: bool = False


def cut(text: str) -> Shown:
    """The text, or its beginning where it is long."""
    return Shown(text[:LONGEST_VALUE], len(text) > LONGEST_VALUE)


def beginning(value: Any) -> Shown:
    """A value as indented JSON, or its beginning: no more of it is written than is shown."""
    pieces = json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value)
    return cut(_joined(pieces))


def _joined(pieces: Iterable[str]) -> str:
    """So many pieces as are needed for one character more than is shown."""
    parts, size, source = [], 0, iter(pieces)
    while size <= LONGEST_VALUE and (some := list(islice(source, 500))):
        parts += some
        size += sum(map(len, some))
    return "".join(parts)


def links(lead: Lead) -> dict[str, str]:
    """The addresses of the files, by what is in them."""
    return {
        what: reverse(f"admin:leads_failedlead_{what}", args=[lead.pk])
        for what in ("data", "arrived")
    }
