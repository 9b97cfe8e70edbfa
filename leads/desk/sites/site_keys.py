"""A site's keys: issuing one, changing to another without an outage, revoking."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.desk.kit.permissions import demand
from leads.desk.sites import key_acts, key_limits, test_leads
from leads.models import Site, SiteKey
from leads.models.key import Key
from leads.shown import snippets

IN_USE = timedelta(hours=1)
TICKET_HOURS = 12
SALT = "leads.desk.site_keys"


def site_key_urls(admin_site: Any) -> list[URLPattern]:
    """The addresses below a site."""

    def post(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        pattern: URLPattern = path(route, admin_site.admin_view(require_POST(view)), name=name)
        return pattern

    return [
        post("<int:pk>/issue-key/", issue, "leads_site_issue_key"),
        post("<int:pk>/revoke-key/<int:key_pk>/", revoke, "leads_site_revoke_key"),
        path(
            "<int:pk>/limit-key/<int:key_pk>/",
            admin_site.admin_view(key_limits.limit),
            name="leads_site_limit_key",
        ),
    ]


# --- Issuing --------------------------------------------------------------------------------------


def new_ticket() -> str:
    """What one press of a button makes its key of, signed.

    It travels in the form, so that a press that arrives twice makes one key and shows it twice.
    The server keeps nothing of it until the button is pressed.
    """
    return signing.dumps(SiteKey.new_secret(), salt=SALT)


@sensitive_variables()
def secret_in(ticket: str, user: Any, place: object, kind: str) -> str:
    """The secret that a ticket makes for this user, place and kind of key: another for each.

    So a ticket pressed elsewhere, or by somebody else, makes a key of its own there. A new
    secret where the ticket is none of ours or too old.
    """
    try:
        seed = signing.loads(ticket, salt=SALT, max_age=TICKET_HOURS * 3600)
    except signing.BadSignature:
        return SiteKey.new_secret()
    bound = json.dumps([seed, user.pk, str(place), kind])
    digest = salted_hmac(SALT, bound, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@sensitive_post_parameters()
@sensitive_variables()
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a key and show its secret, this once; nothing keeps the page."""
    demand(request, "leads.issue_sitekey")
    site = get_object_or_404(Site, pk=pk)
    kind = request.POST.get("kind", "")
    if kind not in SiteKey.Kind.values:
        kind = SiteKey.Kind.SECRET
    secret = secret_in(request.POST.get("ticket", ""), request.user, site.pk, kind)
    label = request.POST.get("label", "")[:100]
    key, shown = key_acts.issue(site, kind, label, secret, request.user)
    if key.revoked_at is not None:
        # The page of a key that was revoked since, sent once more.
        key, shown = key_acts.issue(site, kind, label, SiteKey.new_secret(), request.user)
    return show(request, key, shown, "admin/leads/sites/keys/new_key.html", {"title": _("New key")})


@sensitive_variables()
def show(
    request: HttpRequest, key: SiteKey, secret: str, template: str, more: dict[str, Any]
) -> HttpResponse:
    """A page with the key and code that posts with it; no cache keeps it."""
    site = key.site
    if key.kind == SiteKey.Kind.SECRET:
        ready = snippets.for_key(secret, site.name)
    elif key.kind == SiteKey.Kind.SIGNED:
        ready = snippets.for_signing_key(key.token, secret, site.name)
    else:
        ready = snippets.for_form(secret, site.honeypot)
    context = admin.site.each_context(request) | {
        "opts": Site._meta,
        "site": site,
        "key": key,
        "secret": secret,
        "snippets": ready,
        "others": site.keys.live().filter(kind=key.kind).exclude(pk=key.pk).order_by("-pk"),
        "may_test": request.user.has_perm(test_leads.PERMISSION),
        **more,
    }
    response = TemplateResponse(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


# --- Revoking -------------------------------------------------------------------------------------


def revoke(request: HttpRequest, pk: int, key_pk: int) -> HttpResponse:
    """Stop accepting a key from the next request on; asks once more where it is in use."""
    demand(request, "leads.revoke_sitekey")
    key = get_object_or_404(SiteKey.objects.select_related("site"), pk=key_pk, site_id=pk)
    now = database_now()
    back = reverse("admin:leads_site_change", args=[pk]) + "#keys"
    doubts = doubts_about(key, now)
    if key.revoked_at is None and doubts and "confirmed" not in request.POST:
        context = admin.site.each_context(request) | {
            "title": _("Revoke a key"),
            "opts": Site._meta,
            "key": key,
            "site": key.site,
            "doubts": doubts,
            "back": back,
            "now": now,
        }
        return TemplateResponse(request, "admin/leads/sites/keys/revoke_key.html", context)
    if key_acts.revoke(key, request.user):
        messages.success(
            request,
            (_("Key %(key)s is revoked: the next request with it is refused.") % {"key": key}),
        )
    return HttpResponseRedirect(back)


def doubts_about(key: SiteKey, now: datetime) -> list[str]:
    """What speaks against revoking the key: `used`, `last`, or nothing."""
    doubts = ["used"] if in_use(key, now) else []
    others = SiteKey.objects.live().filter(site=key.site_id, kind=key.kind).exclude(pk=key.pk)
    return doubts if others.exists() else [*doubts, "last"]


def in_use(key: Key, now: datetime) -> bool:
    """Whether somebody showed the key within the last hour."""
    return key.last_used_at is not None and key.last_used_at > now - IN_USE


# --- Changing to another key ----------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """How far the change from an old key to a new one is. Both work until the old is revoked."""

    old: SiteKey
    new: SiteKey
    new_used: bool
    old_in_use: bool

    @property
    def may_end(self) -> bool:
        """Whether the old key can go without anybody noticing."""
        return self.new_used and not self.old_in_use


def changes(keys: list[SiteKey], now: datetime) -> list[Change]:
    """The changes under way: for each kind the oldest live key beside the newest one."""
    found = []
    for kind in SiteKey.Kind.values:
        live = sorted(
            (key for key in keys if key.kind == kind and key.revoked_at is None),
            key=lambda key: key.pk,
        )
        if len(live) > 1:
            old, new = live[0], live[-1]
            found.append(Change(old, new, new.last_used_at is not None, in_use(old, now)))
    return found
