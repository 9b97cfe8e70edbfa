"""What a source has posted of late: its leads and its rejected submissions, and no second copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from leads.data import KNOWN_FIELDS
from leads.desk.kit.formatting import in_a_sentence, label
from leads.desk.kit.lists.paging import shown_count
from leads.models import Lead, RejectedSubmission, Source

SHOWN = 20
FIGURES_OF = 1_000
"""Newest leads of a source that its figures are of: no page counts a million."""
MOST_SOURCES = 50
"""Sources that a site's page lists."""


@dataclass(frozen=True)
class Post:
    """One post: a lead, or what it was refused for."""

    at: datetime
    answer: str
    lead: Lead | None = None
    rejected: RejectedSubmission | None = None

    @property
    def read(self) -> str:
        """Which of our fields were found in it, in words; empty for none."""
        reading = (self.lead and self.lead.reading) or {"paths": {}}
        found = set(reading["paths"].values())
        return ", ".join(in_a_sentence(label(name)) for name in KNOWN_FIELDS if name in found)


@dataclass(frozen=True)
class Figures:
    """Of a source's newest leads, so many at most."""

    leads: str
    failed: int
    repeats: int


def newest(source: Source) -> list[Lead]:
    """The last leads of the source, newest first, without their bytes."""
    leads = Lead.objects.filter(webhook_source=source).order_by("-pk")
    return list(leads.select_related("site").defer("body")[:SHOWN])


def rejected_of(source: Source) -> list[RejectedSubmission]:
    """The last refused posts of the source, newest first, without what was sent."""
    return list(source.rejected.order_by("-pk").defer("body")[:SHOWN])


def posts(source: Source, leads: Iterable[Lead]) -> list[Post]:
    """Both, newest first."""
    taken = [Post(lead.received_at, str(source.success), lead=lead) for lead in leads]
    refused = [Post(one.received_at, str(one.status), rejected=one) for one in rejected_of(source)]
    return sorted([*taken, *refused], key=lambda post: post.at, reverse=True)[:SHOWN]


def figures_of(source: Source) -> Figures:
    """Leads, how many of them failed, and how often they came again; test leads are in none."""
    own = Lead.objects.counted().filter(webhook_source=source).order_by("-pk")[: FIGURES_OF + 1]
    found = own.aggregate(
        leads=Count("pk"),
        failed=Count("pk", filter=Q(status=Lead.Status.FAILED)),
        repeats=Sum("repeats"),
    )
    return Figures(shown_count(found["leads"], FIGURES_OF), found["failed"], found["repeats"] or 0)


def listed(sources: Iterable[Source]) -> list[tuple[Source, Figures]]:
    """Each source with its figures, for the page of their site."""
    return [(source, figures_of(source)) for source in sources]
