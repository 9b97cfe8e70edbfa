"""Leads that a reason names: a reader who is told of one site learns of no other's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from leads.models import Lead

SAME_AS = re.compile(r"lead (\d{1,18})$")
"""How a rule names the lead that another one repeats."""


def forget_numbers(rows: Iterable[Any], but: Any) -> None:
    """Take the numbers out of the reasons of leads or API logs, in memory.

    `but` are the leads, a queryset, of which the reader may know. One question, and none where no
    reason names a lead.
    """
    named = [(row, found) for row in rows if (found := SAME_AS.search(row.reason_text))]
    if not named:
        return
    asked = {int(found[1]) for _row, found in named}
    known = set(but.filter(pk__in=asked).values_list("pk", flat=True))
    for row, found in named:
        if int(found[1]) not in known:
            row.reason_text = f"{row.reason_text[: found.start()]}another lead"


def of_own_site_alone(leads: Iterable[Lead]) -> None:
    """The same for leads that go to readers without an account: each is told of its own site."""
    by_site: dict[int, list[Lead]] = {}
    for lead in leads:
        by_site.setdefault(lead.site_id, []).append(lead)
    for site_id, rows in by_site.items():
        forget_numbers(rows, Lead.objects.filter(site=site_id))
