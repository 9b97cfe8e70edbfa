"""What becomes of somebody who came back from a provider, by what they had gone there for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.account.utils import perform_login
from allauth.socialaccount.internal import statekit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from leadops.accounts.login import proof
from leadops.accounts.sso import links, session, whose
from leadops.accounts.sso.claims import Identity
from leadops.accounts.sso.oidc import Conversation
from leadops.accounts.sso.providers import Provider
from leadops.accounts.sso.refusals import Refused

LOG_IN, PROVE, LINK = "log-in", "prove", "link"
State = dict[str, Any]


def come_back(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Judge what the provider sent along, and do what the person had gone for. Raises Refused."""
    said = request.GET
    state = statekit.unstash_state(
        request, state_id=said.get("state", ""), provider_id=provider.slug
    )
    if state is None:
        raise Refused("state")
    if said.get("error"):
        raise Refused("denied" if said["error"] == "access_denied" else "provider")
    talk = Conversation(request, provider)
    if said.get("iss", talk.issuer) != talk.issuer:
        raise Refused("issuer")
    if not said.get("code"):
        raise Refused("answer")
    return OUTCOMES[state["process"]](request, talk.identity(said["code"], state), state)


def log_in(request: HttpRequest, identity: Identity, state: State) -> HttpResponse:
    """Begin a session of the identity's account. Raises Refused."""
    if request.user.is_authenticated:
        logout(request)
    user = whose.account_for(identity, request)
    _note(request, user, identity)
    wanted = state.get("next") or reverse("admin:index")
    answer: HttpResponse = perform_login(request, user, redirect_url=wanted)
    if request.user.is_authenticated:  # no second factor is owed
        request.session[proof.PROVED_AT] = identity.proved_at
    return answer


def prove(request: HttpRequest, identity: Identity, state: State) -> HttpResponse:
    """Take it for a proof that the session's owner is there. Raises Refused."""
    _is_same_person(request, state)
    held = links.find(identity.provider, identity.subject)
    if held is None or held.user_id != request.user.pk:
        raise Refused("other")
    if time.time() - identity.proved_at >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        raise Refused("old")
    if session.factor_was_shown(request, request.user) and not identity.showed_factor:
        raise Refused("factor")
    _note(request, request.user, identity)
    request.session[proof.PROVED_AT] = identity.proved_at
    return HttpResponseRedirect(state.get("next") or reverse("admin:index"))


def link(request: HttpRequest, identity: Identity, state: State) -> HttpResponse:
    """Link the identity with the account of who is logged in. Raises Refused."""
    _is_same_person(request, state)
    if not proof.is_fresh(request):
        raise Refused("proof")
    links.link(request.user, identity.provider, identity.subject, "owner", request)
    messages.success(
        request,
        _("From now on you can log in with %(name)s.") % {"name": identity.provider.name},
    )
    return HttpResponseRedirect(reverse("sso_own"))


OUTCOMES: dict[str, Callable[[HttpRequest, Identity, State], HttpResponse]] = {
    LOG_IN: log_in,
    PROVE: prove,
    LINK: link,
}


def _is_same_person(request: HttpRequest, state: State) -> None:
    account = state["data"]["account"]
    if not request.user.is_authenticated or request.user.pk != account:
        raise Refused("state")


def _note(request: HttpRequest, user: Any, identity: Identity) -> None:
    issuer = identity.provider.identity_issuer
    session.note(request, user, issuer, identity.subject, identity.showed_factor)
