"""A notice as the text of an incoming webhook: Slack, Mattermost, Rocket.Chat and the like."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications.models import Notice
from notifications.wording.events import FAILED_SUBJECT, WHOLE, Event, event, failed_lead
from notifications.wording.language import language_of
from notifications.wording.links import table_of
from notifications.wording.values import fields, one_line

LINES = 20
LONGEST_FIELD = 500
LONGEST_BLOCK = 3_000
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
WORD_JOINER = "\u2060"
"""Shown as nothing: behind an @ it keeps a name from calling people, between marks bold from it."""


def body_of(
    notices: Sequence[Notice], total: int, others: Sequence[Notice], personal: bool
) -> bytes:
    """The JSON of one call: its `text`, with links and without markup of anybody else's."""
    with override(language_of([*notices, *others])):
        return _spoken(notices, total, others, personal)


def _spoken(
    notices: Sequence[Notice], total: int, others: Sequence[Notice], personal: bool
) -> bytes:
    events = [
        failed_lead(notice.lead, personal) if notice.lead else event(notice)
        for notice in notices[:LINES]
    ]
    lines = [_line(one) for one in events]
    if notices[0].lead_id:
        lines = [f"*{_heading(total)}*", *lines]
        if personal and total <= WHOLE:
            lines += [_block(notice) for notice in notices]
    if total > len(events):
        more = _("and %s more: see them all") % (total - len(events))
        lines.append(f"<{table_of([*notices, *others])}|{plain(more)}>")
    return json.dumps({"text": "\n".join(lines)}).encode("ascii")


def plain(text: str) -> str:
    """Text that stays text: no link, no mention, no emphasis comes of it."""
    for char, escape in ESCAPES.items():
        text = text.replace(char, escape)
    for mark in "@*_~`|[":
        text = text.replace(mark, f"{mark}{WORD_JOINER}")
    return text


def _heading(total: int) -> str:
    return FAILED_SUBJECT if total == 1 else f"{FAILED_SUBJECT} - {total} leads"


def _line(one: Event) -> str:
    link = f"<{one.url}|{plain(one.title)}>"
    return f"{link} · {plain(one.detail)}" if one.detail else link


def _block(notice: Notice) -> str:
    """The whole lead in a block of code, in which nothing is markup but its own end."""
    assert notice.lead is not None  # noqa: S101 - for the type checker
    shown = fields(notice.lead.current_data())
    lines = [f"{field.label}: {one_line(field.value, LONGEST_FIELD)}" for field in shown]
    text = "\n".join(lines).replace("`", "ˋ")[:LONGEST_BLOCK]
    for char, escape in ESCAPES.items():
        text = text.replace(char, escape)
    return f"```\n{text}\n```"
