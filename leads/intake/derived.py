"""What a source's post is, beside its bytes: what was read from it, which submission, why held."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from django.http import HttpRequest

from leads.data import as_text
from leads.intake.body.arrival import Arrival
from leads.intake.body.fields import storable
from leads.intake.body.inflate import inflated
from leads.intake.body.shape import Field, fields_of
from leads.intake.body.submission import Submission
from leads.intake.errors import Refusal
from leads.intake.guard.addresses import Caller
from leads.intake.guard.tool_secrets import bytes_without_secrets, without_secrets
from leads.intake.idempotency import fingerprint_of
from leads.intake.receive import Origin
from leads.intake.recognise.reading import read_fields
from leads.intake.rules import Held
from leads.intake.tools import Tool, is_test, submission_key, tool_of
from leads.models import Lead, Source
from leads.reasons import Reason

PAGES = ("page_url", "source_url", "page", "url", "landing_page")
"""Where tools say which page a form was on."""


class Shaped(NamedTuple):
    """A submission without its secrets, with what was read from it, and its fields."""

    submission: Submission
    fields: list[Field]
    tool: Tool | None = None
    """Whose post it is: some tools are known by the secret that they show."""
    fingerprint: str = ""
    """That of the post as it came, where something was taken out of it."""


def shaped(submission: Submission, source: Source) -> Shaped | None:
    """The submission as it is read; None where there is no value in it."""
    if submission.cannot_be_read:
        return Shaped(submission, [], tool_of([], source.tool))
    came, submission = submission, without_secrets(submission, source)
    fields = fields_of(submission.data)
    if not any(as_text(one.value) for one in fields):
        return None
    read = read_fields(fields, source.chosen)
    flags = submission.flags | read.flags
    is_whole = submission is came
    return Shaped(
        replace(submission, reading=read.as_json(), flags=flags),
        fields,
        tool_of(fields if is_whole else fields_of(came.data), source.tool),
        "" if is_whole else fingerprint_of(came.archived),
    )


def unreadable(arrival: Arrival, why: str, source: Source) -> Submission:
    """A submission that nobody can read but a person; its bytes are kept whole but for secrets.

    Without their compression, which is said nowhere: the person could not read them either.
    """
    kind, body = storable(arrival.content_type)[:100], arrival.body
    with suppress(Refusal):
        body = inflated(body, arrival.encoding)
    return Submission(bytes_without_secrets(body, source), kind, {}, cannot_be_read=why)


def origin_of(request: HttpRequest, caller: Caller, shape: Shaped) -> Origin:
    """Where a submission came in."""
    source, fields, tool = caller.source, shape.fields, shape.tool
    return Origin(
        source=Lead.Source.WEBHOOK,
        page=_page(fields),
        is_test=is_test(fields, tool, source.tool),
        posted_by=source,
        idempotency_key=submission_key(fields, tool, request.headers),
        held=_held(caller, shape.submission),
        fingerprint=shape.fingerprint,
    )


def _held(caller: Caller, submission: Submission) -> Held | None:
    """Why the lead waits for a person, whatever the rules say; None where they decide."""
    if submission.cannot_be_read:
        return Held(Reason.NOT_READ, text=submission.cannot_be_read[:500])
    if not caller.site.enabled:
        return Held(Reason.SITE_DISABLED)
    return None


def _page(fields: list[Field]) -> str:
    """The page that the form was on, without its query, as far as the tool tells."""
    for field in fields:
        if field.path and field.path[-1] in PAGES and as_text(field.value).startswith("http"):
            return as_text(field.value).partition("?")[0][:500]
    return ""
