"""Making a lead of a rejected submission: what can be read of it, and a person's word."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from leads.clock import database_now
from leads.data import KNOWN_FIELDS
from leads.intake.body.fields import clean, gather
from leads.intake.body.submission import FORM, JSON, Submission
from leads.intake.receive import Origin, receive
from leads.models import Lead, Preferences, RejectedSubmission

# A member of an object that need not be whole: "city": "Rome", or "age": 42
MEMBER = re.compile(r'"([^"\\]{1,100})"\s*:\s*(?:"((?:\\.|[^"\\])*)"?|([\w.+-]+))')
PART = re.compile(r'name="([^"]{1,100})"[^\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n(.*?)\r?\n--', re.DOTALL)


def readable(rejected: RejectedSubmission) -> dict[str, Any]:
    """The fields that can still be made out, known or not; empty where there are none."""
    kind = rejected.content_type.partition(";")[0].strip().lower()
    for reads in (_parts, _members, _pairs) if kind != FORM else (_pairs,):
        if found := reads(rejected.body):
            return {name: clean(value) for name, value in found.items() if name}
    return {}


def _members(body: str) -> dict[str, Any]:
    pairs = MEMBER.findall(body)
    return gather((name, _unescaped(text) or bare) for name, text, bare in pairs)


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _parts(body: str) -> dict[str, Any]:
    return gather(PART.findall(body))


def _pairs(body: str) -> dict[str, Any]:
    """Pairs of a form; a text that names no field of a lead is none."""
    found = gather(parse_qsl(body, errors="replace"))
    return found if found.keys() & set(KNOWN_FIELDS) else {}


@transaction.atomic
def take_as_lead(
    rejected: RejectedSubmission, data: dict[str, Any], user: User | AnonymousUser
) -> Lead | None:
    """Store a lead of the rejected submission's site; None when somebody has done so.

    It came in now, by a person's hand; the rules judge it as any other.
    """
    if not RejectedSubmission.objects.mark_taken(rejected.pk, database_now(), user.pk):
        return None
    site = rejected.site
    site.refuses_duplicates = site.rule_in_force(Preferences.load().refuse_duplicate_emails)
    submission = Submission(json.dumps(data).encode(), JSON, data)
    lead = receive(submission, site, Origin(Lead.Source.DESK))
    RejectedSubmission.objects.filter(pk=rejected.pk).update(lead=lead)
    return lead
