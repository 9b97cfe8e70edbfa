"""Everything that happened to one lead, newest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _

from leads.data import KNOWN_FIELDS, as_text
from leads.desk.kit.limits import veil_calls, veil_words
from leads.desk.lead.data_rows import shown_value
from leads.models import ApiLog, Lead, LeadEvent, Revision
from leads.reasons import ResponseCode
from leads.signals import story_told

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST = 100
"""Attempts that a page shows; older ones are in the API logs."""


@dataclass(frozen=True)
class Change:
    """One field that a correction changed."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Moment:
    """One thing that happened, or is about to."""

    at: datetime
    kind: str
    tone: str
    title: StrOrPromise
    log: ApiLog | None = None
    event: LeadEvent | None = None
    changes: list[Change] = field(default_factory=list)
    words: str = ""
    """What is to be said beside the title; no personal data of the lead."""
    url: str = ""
    """Where more of it is seen."""


def timeline(lead: Lead, user: Any) -> list[Moment]:
    """What happened, as far as the user may know; as many queries for a long story as for a short.

    Others of the house add what they know: `leads.signals.story_told`.
    """
    moments = [Moment(lead.received_at, "received", "quiet", _("Received"))]
    logs = list(lead.logs.select_related("call").order_by("-pk")[:MOST])
    veil_words(logs, user)
    veil_calls([log.call for log in logs if log.call], user)
    moments += [_attempt(log) for log in logs]
    revisions = list(lead.revisions.select_related("created_by"))
    former = [lead.data, *(whole(revision.data, revision.filled) for revision in revisions)]
    moments += [_revision(*pair) for pair in zip(former, revisions, strict=False)]
    # A correction is told by its revision, which knows what was changed.
    others = lead.events.exclude(kind=LeadEvent.Kind.CORRECTED).select_related("user", "whom")
    moments += [_event(event) for event in others]
    for _listener, told in story_told.send(Lead, lead=lead, user=user):
        moments += cast("list[Moment]", told)
    # What a rule said of it came in the same instant, and after it.
    return sorted(moments, key=lambda moment: (moment.at, moment.kind != "received"), reverse=True)


def whole(data: dict[str, Any], filled: dict[str, Any] | None) -> dict[str, Any]:
    """A correction as people read it: with what was given for the CRM's own fields."""
    return data | {name: shown_value(value) for name, value in (filled or {}).items()}


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The fields that differ, known ones first."""
    names = [*KNOWN_FIELDS, *before, *after]
    return [
        Change(name, as_text(before.get(name)), as_text(after.get(name)))
        for name in dict.fromkeys(names)
        if before.get(name) != after.get(name)
    ]


def _attempt(log: ApiLog) -> Moment:
    inserted = log.response_code == ResponseCode.INSERTED
    title = _("Inserted into Zoho") if inserted else log.reason_title
    return Moment(log.created_at, "attempt", "good" if inserted else "bad", title, log=log)


def _revision(former: dict[str, Any], revision: Revision) -> Moment:
    event = LeadEvent(kind=LeadEvent.Kind.CORRECTED, user=revision.created_by)
    changes = differences(former, whole(revision.data, revision.filled))
    title = str(LeadEvent.Kind.CORRECTED.label)
    return Moment(revision.created_at, "person", "plain", title, event=event, changes=changes)


def _event(event: LeadEvent) -> Moment:
    kind = "note" if event.kind in (LeadEvent.Kind.NOTED, LeadEvent.Kind.COMMENTED) else "person"
    return Moment(event.created_at, kind, "plain", event.title, event=event)
