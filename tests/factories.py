"""Plain functions that store one thing each. Keyword arguments win over what they make up."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from leadops.accounts.models import ApiToken
from leads.counters.deltas import Tally
from leads.data import columns
from leads.intake.body.parse import Submission
from leads.models import (
    ApiCall,
    ApiLog,
    Destination,
    Heartbeat,
    Lead,
    RejectedSubmission,
    Site,
    SiteKey,
    VisibleSite,
)
from leads.reasons import Reason, ResponseCode

_numbers = itertools.count(1)


def make_destination(**values: Any) -> Destination:
    """The destination that an installation starts with, changed as asked."""
    destination, _made = Destination.objects.get_or_create(name=values.pop("name", "Zoho CRM"))
    for name, value in values.items():
        setattr(destination, name, value)
    destination.save()
    return destination


def make_site(**values: Any) -> Site:
    """A site that delivers to the only destination."""
    values.setdefault("name", f"Site {next(_numbers)}")
    if "destination" not in values:
        values["destination"] = Destination.objects.first() or make_destination()
    return Site.objects.create(**values)


def make_lead(**values: Any) -> Lead:
    """A lead in any status, with what the constraints ask of that status, and counted."""
    now = timezone.now()
    number = next(_numbers)
    data = values.pop("data", None)
    if data is None:
        data = {"contact_name": f"Ana {number}", "email": f"ana{number}@example.com"}
    site = values.pop("site", None) or Site.objects.first() or make_site()
    status = values.get("status", Lead.Status.QUEUED)
    is_open = status in Lead.OPEN
    defaults: dict[str, Any] = {
        "body": json.dumps(data).encode(),
        "content_type": "application/json",
        "destination": site.destination,
        "received_at": now,
        "due_at": now if is_open else None,
        "queued_at": now if is_open else None,
        "settled_at": None if is_open else now,
        **columns(data),
    }
    if status == Lead.Status.SENDING:
        defaults["claim"] = "00000000-0000-4000-8000-000000000001"
    if status == Lead.Status.DELIVERED:
        defaults["zoho_id"] = str(61_000_000 + number)
    if status == Lead.Status.FAILED:
        defaults |= {"failed_at": now, "reason": Reason.REFUSED}
    lead = Lead.objects.create(site=site, data=data, **defaults | values)
    tally = Tally()
    tally.lead_enters(lead)
    tally.write()
    return lead


def make_failed_lead(**values: Any) -> Lead:
    """A row of the failed table."""
    return make_lead(status=Lead.Status.FAILED, **values)


def make_call(**values: Any) -> ApiCall:
    """A closed call."""
    now = timezone.now()
    defaults = {"kind": ApiCall.Kind.INSERT, "leads": 1, "started_at": now, "ended_at": now}
    if "destination" not in values:
        values["destination"] = Destination.objects.first() or make_destination()
    return ApiCall.objects.create(**defaults | values)


def make_log(lead: Lead, **values: Any) -> ApiLog:
    """A settled attempt, a 13002 unless a zoho_id is given, and counted."""
    inserted = bool(values.get("zoho_id"))
    defaults: dict[str, Any] = {
        "site": lead.site,
        "response_code": ResponseCode.INSERTED if inserted else ResponseCode.NOT_INSERTED,
        "reason": "" if inserted else lead.reason or Reason.REFUSED,
        "created_at": timezone.now(),
    }
    log = ApiLog.objects.create(lead=lead, **defaults | values)
    tally = Tally()
    tally.attempt(log, lead.is_test)
    tally.write()
    return log


def make_rejected(**values: Any) -> RejectedSubmission:
    """A broken post of a site."""
    defaults: dict[str, Any] = {
        "received_at": timezone.now(),
        "source": Lead.Source.API,
        "status": 400,
        "code": "unreadable",
        "why": "The body is not JSON: Expecting value at line 1, column 1.",
        "content_type": "application/json",
        "body": '{"contact_name": "Ana Silva", "email": "ana@example.com", "age": }',
        "size": 66,
    }
    site = values.pop("site", None) or Site.objects.first() or make_site()
    return RejectedSubmission.objects.create(site=site, **defaults | values)


def make_user(
    username: str = "",
    permissions: tuple[str, ...] = (),
    role: str = "",
    sites: Sequence[Site] | None = None,
    **values: Any,
) -> User:
    """A member of staff with the named permissions (`leads.retry_lead`), perhaps with a role.

    With `sites` limited to these.
    """
    username = username or f"user{next(_numbers)}"
    user = User.objects.create_user(username, password="password", **{"is_staff": True} | values)
    if permissions:
        user.user_permissions.set(named(permissions))
    if role:
        user.groups.add(Group.objects.get(role__name=role))
    if sites is not None:
        VisibleSite.objects.limit(user, [site.pk for site in sites])
    return user


def named(permissions: Sequence[str]) -> list[Permission]:
    """The permissions of these names, in one look; fails when one of them is not there."""
    codenames = {name.partition(".")[2] for name in permissions}
    found = {
        f"{one.content_type.app_label}.{one.codename}": one
        for one in Permission.objects.filter(codename__in=codenames).select_related("content_type")
    }
    return [found[name] for name in permissions]


def make_key(site: Site, kind: str = SiteKey.Kind.SECRET) -> str:
    """The secret of a new key of the site."""
    return SiteKey.objects.issue(site, kind)[1]


def make_token(
    user: User, scopes: Sequence[str] = ("figures",), **values: Any
) -> tuple[ApiToken, str]:
    """A token of an account, and its secret."""
    secret = ApiToken.as_shown(ApiToken.new_secret())
    values.setdefault("name", "Script")
    return ApiToken.objects.issue(secret, user=user, scopes=list(scopes), **values)[0], secret


def make_submission(**data: Any) -> Submission:
    """What a site posts, as JSON."""
    data = data or {"contact_name": "Ana Silva", "email": "ana@example.com"}
    return Submission(json.dumps(data).encode(), "application/json", data)


def make_heartbeat(**values: Any) -> Heartbeat:
    """A supervisor that was heard just now, with all its workers."""
    heartbeat = Heartbeat.of_this_process(timezone.now())
    heartbeat.alive = heartbeat.workers
    heartbeat.beat_at = timezone.now()
    for name, value in values.items():
        setattr(heartbeat, name, value)
    heartbeat.save()
    return heartbeat
