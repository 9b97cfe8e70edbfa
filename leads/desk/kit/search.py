"""Finding leads by id, reference, exact e-mail or phone, without an address in any URL."""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from leads.criteria import LARGEST_ID, MOST_IDS, NotUnderstood, Same, shared, understood
from leads.desk.kit.lists.paging import Quiet
from leads.desk.kit.masking import may_see
from leads.models import Lead
from leads.models.queries.visible import is_limited
from leads.search.find import find
from leads.search.typed import Typed

LAST_FAILED = 10_000
"""How many of the newest failed leads a free text is looked for in."""
SHORTEST = 2
"""Letters of a free text: one alone is in almost every lead."""


def matching(text: str) -> Q:
    """Which leads a search means: those whose id, reference, e-mail or phone is this text."""
    text = text.strip()
    if "@" in text:
        return Q(email=text.casefold()) & ~Q(email="")
    return Q(phone=re.sub(r"\s+", " ", text)[:50]) & ~Q(phone="") | numbered(text)


def numbered(text: str) -> Q:
    """Which lead has this id or reference: all that is found for who sees no personal data."""
    text, wanted = text.strip(), Q(pk=None)
    if text.isascii() and text.isdecimal() and int(text) <= LARGEST_ID:
        wanted |= Q(pk=int(text))
    with contextlib.suppress(ValueError):
        wanted |= Q(reference=uuid.UUID(text))
    return wanted


def is_number(text: str) -> bool:
    """Whether a text is a lead's id or reference; longer numbers may be somebody's phone."""
    try:
        understood("q", text)
    except NotUnderstood:
        return False
    return True


def as_parameters(text: str, user: Any) -> dict[str, str]:
    """The search as parameters of a URL that name no person.

    An id or a reference stands for itself; an e-mail or a phone number becomes “the same as
    lead 123's”, and 0 where nobody has it, or where the user may not ask.
    """
    text = text.strip()
    if not text:
        return {}
    if is_number(text):
        return {"q": text}
    field = "email" if "@" in text else "phone"
    own = Lead.objects.visible_to(user)
    found = own.filter(matching(text)) if may_see(user) else own.none()
    first = found.order_by("pk").values_list("pk", flat=True).first()
    return {"same": f"{field}-{first or 0}"}


def may_compare(same: Same, user: Any) -> bool:
    """Whether the user may look for what a lead has and others may too: who may see it there."""
    if not may_see(user):
        return False
    if not is_limited(user):
        return True
    return Lead.objects.filter(pk=same.lead).visible_to(user).exists()


def among_failed(text: str, user: Any) -> list[int]:
    """The newest failed leads that a caller's words find, or that hold a text anywhere.

    Anywhere is looked for in the last 10,000 failed leads only; the words go by their index.
    """
    text = " ".join(text.split())
    if len(text) < SHORTEST:
        return []
    own = Lead.objects.failed().visible_to(user)
    failed = own.order_by("-failed_at", "-pk")
    found = failed.among(find(Typed.read(text), own, MOST_IDS).pks)
    # SQLite keeps JSON as ASCII, so that a letter like ü has to be looked for as it is written.
    escaped = json.dumps(text)[1:-1]
    holds = Q(reason_text__icontains=text)
    holds |= Q(fields__icontains=text) | Q(fields__icontains=escaped)
    recent = failed.filter(pk__in=failed.values("pk")[:LAST_FAILED])
    holding = recent.annotate(fields=Cast("data", TextField())).filter(holds)
    newest = {
        pk: failed_at
        for rows in (found, holding)
        for pk, failed_at in rows.values_list("pk", "failed_at")[:MOST_IDS]
    }
    return sorted(newest, key=lambda pk: (newest[pk], pk), reverse=True)[:MOST_IDS]


class SameAs(Quiet):
    """Leads with the same e-mail or phone as a given one: `same=email-123`."""

    title = _("same as")
    parameter_name = "same"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """For those who may see personal data: whoever finds a lead by it has seen it."""
        if self.chosen is None:
            return queryset
        seen = may_compare(self.chosen, request.user)
        return shared(queryset, self.chosen) if seen else queryset.none()
