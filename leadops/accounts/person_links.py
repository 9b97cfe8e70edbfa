"""What an account logs in with at a provider, on its page: buttons for who may edit it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from leadops.accounts.login import sessions
from leadops.accounts.sso import links, providers
from leadops.accounts.sso.refusals import WORDS, Refused
from leadops.accounts.sso.tokens import LONGEST_SUBJECT
from leads.desk.kit.history import attribute


def shown(person: Any) -> dict[str, Any]:
    """What the page has to know."""
    return {"sign_ins": links.of_account(person), "providers": providers.every()}


def link(request: HttpRequest, person: Any) -> HttpResponse:
    """Link somebody at a provider, who is named by the subject that it gives them."""
    provider = providers.by_slug(request.POST.get("provider", ""))
    subject = request.POST.get("subject", "").strip()
    if provider is None or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        messages.error(request, _("Choose a provider, and type the subject (sub) it gives them."))
        return _back(person)
    try:
        if links.link(person, provider, subject, "administrator", request, by=request.user):
            attribute(person, request.user, f"Linked a sign-in at {provider.identity_issuer}.")
        messages.success(request, _("The sign-in is linked."))
    except Refused as refusal:
        messages.error(request, WORDS[refusal.reason][0])
    return _back(person)


def unlink(request: HttpRequest, person: Any) -> HttpResponse:
    """Take a link away. Sessions that it began may be open: all of the account's are ended."""
    chosen = request.POST.get("link", "")
    pk = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10 else 0
    if issuer := links.unlink(person, pk, "administrator", request, by=request.user):
        sessions.end(person)
        attribute(person, request.user, f"Unlinked a sign-in at {issuer}.", "sessions")
        messages.success(request, _("The sign-in is unlinked, and all sessions are ended."))
    return _back(person)


def _back(person: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:auth_user_change", args=[person.pk]))
