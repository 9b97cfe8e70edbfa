"""The pages of single sign-on: to a provider and back, and one's own links with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from leadops.accounts import second_factor
from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.sso import links, oidc, outcomes, providers, session
from leadops.accounts.sso.local import may_log_in_here
from leadops.accounts.sso.providers import Provider
from leadops.accounts.sso.refusals import WORDS, Refused

ANONYMOUS_SECONDS = 600
"""How long a session lasts that only waits for somebody to come back."""
View = Callable[..., HttpResponse]


def told(view: View) -> View:
    """What is refused is an event, and a page without anything that the provider sent along."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
        except Refused as refusal:
            user: Any = request.user
            account = user if user.is_authenticated else None
            method = f"sso: {refusal.reason}"
            record(Kind.SSO_REFUSED, account=account, method=method, request=request)
            answer = HttpResponseRedirect(reverse("sso_refused", args=[refusal.reason]))
        answer["Cache-Control"] = "no-store"
        return answer

    return guarded


@require_POST
@told
def begin(request: HttpRequest, provider: str) -> HttpResponse:
    """From the log-in page to a provider."""
    if not request.user.is_authenticated:
        request.session.set_expiry(ANONYMOUS_SECONDS)
    return _leave(request, _provider(provider), outcomes.LOG_IN)


@require_GET
@told
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Where a provider sends people back to."""
    return outcomes.come_back(request, _provider(provider))


@require_safe
def refused(request: HttpRequest, reason: str) -> HttpResponse:
    """Why a log-in came to nothing. The address holds a word of ours and nothing else."""
    if reason not in WORDS:
        raise Http404
    what, todo = WORDS[reason]
    return page(request, "refused", _("Not logged in"), what=what, todo=todo)


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """One's own links."""
    held = links.of_account(request.user)
    issuers = {one.issuer for one in held}
    free = [one for one in providers.every() if one.identity_issuer not in issuers]
    last = len(held) == 1 and not may_do_without(request.user)
    return page(request, "own", _("Sign-in"), links=held, free=free, is_last=last)


@require_POST
@told
def link(request: HttpRequest, provider: str) -> HttpResponse:
    """To a provider, to link one's account there with the one here."""
    return _leave(request, _provider(provider), outcomes.LINK)


@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    """Without a provider from now on; never without any way to log in."""
    user: Any = request.user
    chosen = request.POST.get("link", "")
    pk = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10 else 0
    if len(links.of_account(user)) <= 1 and not may_do_without(user):
        messages.error(request, _("This is your only way to log in."))
    elif links.unlink(user, pk, "owner", request):
        messages.success(request, _("You can no longer log in there."))
    return HttpResponseRedirect(reverse("sso_own"))


@require_http_methods(["GET", "HEAD", "POST"])
@told
def prove(request: HttpRequest) -> HttpResponse:
    """To the provider of this session once more, for a proof; or the ways there are beside it."""
    user: Any = request.user
    provider = providers.by_issuer(str(session.began_with(request).get("issuer", "")))
    if request.method == "POST" and provider:
        return _leave(request, provider, outcomes.PROVE, asks_again=True)
    context = {
        "provider": provider,
        "has_factor": second_factor.has_one(user),
        "has_password": user.has_usable_password() and may_log_in_here(user),
        "wanted": wanted_of(request),
    }
    return page(request, "prove", _("Show that it is you"), **context)


def may_do_without(user: Any) -> bool:
    """Whether an account can log in without any provider."""
    return bool(may_log_in_here(user) and user.has_usable_password())


def page(request: HttpRequest, name: str, title: Any, **context: Any) -> HttpResponse:
    """One of the pages, in the admin's frame."""
    frame = admin.site.each_context(request)
    if second_factor.owed(request):
        frame["has_permission"] = False  # no menu: nothing in it would open
    shown = frame | {"title": title, **context}
    answer = TemplateResponse(request, f"admin/sign_in/{name}.html", shown)
    answer["Cache-Control"] = "no-store"
    return answer


def wanted_of(request: HttpRequest) -> str:
    """The page of ours that the person wanted; empty without one."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if get_adapter().is_safe_url(wanted) else ""


def _provider(slug: str) -> Provider:
    found = providers.by_slug(slug)
    if found is None:
        raise Http404
    return found


def _leave(
    request: HttpRequest, provider: Provider, process: str, asks_again: bool = False
) -> HttpResponse:
    """A page that goes to the provider by itself.

    Not a redirect: our policy holds a form to our own site, and browsers hold that against the
    address that a posted form is redirected to.
    """
    target = oidc.way_to(request, provider, process, wanted_of(request), asks_again)
    title = _("On the way to %(name)s") % {"name": provider.name}
    return page(request, "leave", title, target=target, provider=provider)


def sign_in_urls(admin_site: Any) -> list[URLPattern]:
    """The addresses."""
    inside = admin_site.admin_view
    to = "admin/sign-in/to/<slug:provider>"
    return [
        path("admin/sign-in/", inside(own), name="sso_own"),
        path("admin/sign-in/unlink/", inside(unlink), name="sso_unlink"),
        path("admin/sign-in/verify/", inside(prove), name="sso_prove"),
        path("admin/sign-in/refused/<slug:reason>/", refused, name="sso_refused"),
        path(f"{to}/link/", inside(link), name="sso_link"),
        path(f"{to}/log-in/", begin, name="sso_begin"),
        path(f"{to}/callback/", callback, name="sso_callback"),
    ]
