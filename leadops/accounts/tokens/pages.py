"""API tokens in the admin: issuing one, shown this once; renewing, limiting and revoking it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.tokens.forms import ServiceForm, TokenForm, TokenLimitsForm, may_issue_for
from leadops.accounts.tokens.rows import ApiToken
from leads.clock import database_now
from leads.desk.kit.formatting import when
from leads.desk.kit.history import attribute
from leads.desk.kit.lists.paging import ReadOnly
from leads.desk.kit.permissions import demand
from leads.desk.sites.key_limits import limits_of
from leads.desk.sites.site_keys import in_use, new_ticket, secret_in

ISSUE, REVOKE = "accounts.issue_apitoken", "accounts.revoke_apitoken"
PLACE = "api token"
"""Where a ticket is good for a secret; see `secret_in`."""
LIST = "admin:accounts_apitoken_changelist"


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """The tokens. Each is changed by its own buttons: a secret is never edited."""

    change_list_template = "admin/accounts/tokens/list.html"
    page_template = "admin/accounts/tokens/page.html"
    list_display = ["called", "user", "scope_names", "limits", "used", "state"]
    list_select_related = ["user"]
    sortable_by = ()
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the buttons'."""
        asks = require_http_methods(["GET", "HEAD", "POST"])
        views: dict[str, tuple[str, Any]] = {
            "issue": ("issue/", asks(self.issue)),
            "service": ("service/", asks(self.service)),
            "limit": ("<int:pk>/limit/", asks(self.limit)),
            "renew": ("<int:pk>/renew/", require_POST(self.renew)),
            "revoke": ("<int:pk>/revoke/", require_POST(self.revoke)),
        }
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"accounts_apitoken_{name}")
            for name, (route, view) in views.items()
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the ways to more of them."""
        context = {"title": _("API tokens"), "may_issue": request.user.has_perm(ISSUE)}
        context["may_make_service"] = may_make_service(request.user)
        return super().changelist_view(request, context | (extra_context or {}))

    def row_context(self, request: HttpRequest, row: ApiToken) -> dict[str, Any]:
        """The token, and how far its renewal is."""
        now = database_now()
        newer: QuerySet[ApiToken] = row.renewals.live().order_by("-pk")
        live = row.revoked_at is None and not row.has_expired
        issues = request.user.has_perm(ISSUE) and may_issue_for(request.user, row.user)
        return {
            "token": row,
            "now": now,
            "limits": limits_of(row),
            "live": live,
            "may_issue": live and issues,
            "may_revoke": row.revoked_at is None and request.user.has_perm(REVOKE),
            "renewal": newer.first(),
            "in_use": in_use(row, now),
            "ticket": new_ticket(),
        }

    @sensitive_variables()
    def issue(self, request: HttpRequest) -> HttpResponse:
        """The form of a new token; posted: the page that shows it."""
        demand(request, ISSUE)
        form = TokenForm(request.POST or None, editor=request.user)
        if request.method == "POST" and form.is_valid():
            secret = self._secret(request, "issue")
            token = form.save(commit=False)
            values = {n: getattr(token, n) for n in ("name", "user", "scopes", "networks")}
            values |= {"expires_at": token.expires_at, "made_by": request.user}
            return self._shown(request, secret, values)
        more = {"form": form, "ticket": new_ticket(), "title": _("New API token")}
        more["may_make_service"] = may_make_service(request.user)
        return self._page(request, "form.html", more)

    @sensitive_variables()
    def renew(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another token in the place of one, for as long as that was meant to last."""
        old = self._issuable(request, pk)
        lasts = old.expires_at - old.created_at if old.expires_at else None
        values = {n: getattr(old, n) for n in ("name", "user", "scopes", "networks")}
        values |= {"expires_at": lasts and database_now() + lasts, "made_by": request.user}
        secret = self._secret(request, f"renew {pk}")
        return self._shown(request, secret, {**values, "renews": old})

    def limit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form of what a token may do, and from where and until when."""
        token = self._issuable(request, pk)
        form = TokenLimitsForm(request.POST or None, instance=token)
        if request.method == "POST" and form.is_valid():
            form.save()
            with translation.override("en"):
                limits = limits_of(token) or "no limits"
                attribute(token, request.user, f"May {token.scope_names}; {limits}.", "key")
            messages.success(request, _("Token %(token)s is limited so.") % {"token": token})
            return HttpResponseRedirect(reverse("admin:accounts_apitoken_change", args=[pk]))
        more = {"form": form, "token": token, "title": _("Limits of an API token")}
        return self._page(request, "form.html", more)

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop accepting a token from the next call on; asks once more where it is in use."""
        demand(request, REVOKE)
        token = get_object_or_404(ApiToken, pk=pk)
        now = database_now()
        if token.revoked_at is None and in_use(token, now) and "confirmed" not in request.POST:
            more = {"token": token, "now": now, "title": _("Revoke an API token")}
            return self._page(request, "revoke.html", more)
        if token.revoke():
            attribute(token, request.user, "Revoked.", "key")
        said = _("Token %(token)s is revoked: the next call with it is refused.")
        messages.success(request, said % {"token": token})
        return HttpResponseRedirect(reverse(LIST))

    def service(self, request: HttpRequest) -> HttpResponse:
        """The form of an account for a program; posted: on to its rights and sites."""
        if not may_make_service(request.user):
            raise PermissionDenied
        form = ServiceForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            user = form.make(request.user)
            attribute(user, request.user, "Made a service account.")
            about = f"user {user.pk} added, a service account"
            record(Kind.RIGHTS, account=request.user, about=about, method="session")
            messages.success(request, _("The account is there. Give it groups and sites here."))
            return HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]))
        return self._page(request, "form.html", {"form": form, "title": _("New service account")})

    @sensitive_variables()
    def _secret(self, request: HttpRequest, kind: str) -> str:
        ticket = request.POST.get("ticket", "")
        return ApiToken.as_shown(secret_in(ticket, request.user, PLACE, kind))

    @sensitive_variables()
    def _shown(self, request: HttpRequest, secret: str, values: dict[str, Any]) -> HttpResponse:
        """The page with the secret; no cache keeps it."""
        token, new = ApiToken.objects.issue(secret, **values)
        if new:
            with translation.override("en"):
                said = f"Issued for account {token.user_id}: {token.scope_names}."
            attribute(token, request.user, said, "key")
        more = {"token": token, "secret": secret, "title": _("New API token")}
        answer = self._page(request, "shown.html", more)
        answer["Cache-Control"] = "no-store"
        return answer

    def _issuable(self, request: HttpRequest, pk: int) -> ApiToken:
        demand(request, ISSUE)
        live = ApiToken.objects.live().select_related("user")
        token = get_object_or_404(live, pk=pk)
        if not may_issue_for(request.user, token.user):
            raise PermissionDenied
        return token

    def _page(self, request: HttpRequest, name: str, more: dict[str, Any]) -> TemplateResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts, **more}
        return TemplateResponse(request, f"admin/accounts/tokens/{name}", context)

    @admin.display(description=gettext_lazy("Token"))
    def called(self, token: ApiToken) -> str:
        """Its name and its beginning."""
        return str(token)

    @admin.display(description=gettext_lazy("May"))
    def scope_names(self, token: ApiToken) -> str:
        """Its scopes."""
        return token.scope_names

    @admin.display(description=gettext_lazy("Limits"))
    def limits(self, token: ApiToken) -> str:
        """Networks and last day."""
        return limits_of(token) or "—"

    @admin.display(description=gettext_lazy("Last used"))
    def used(self, token: ApiToken) -> SafeString | str:
        """When, to within a minute."""
        return when(token.last_used_at) if token.last_used_at else _("not yet")

    @admin.display(description=gettext_lazy("State"))
    def state(self, token: ApiToken) -> str:
        """Whether it opens anything."""
        return state_of(token, database_now())


def may_make_service(user: Any) -> bool:
    """Whether somebody may make an account for a program."""
    return bool(user.has_perm(ISSUE) and user.has_perm("auth.add_user"))


def state_of(token: ApiToken, now: datetime) -> str:
    """Whether a token opens anything, in a word."""
    if token.revoked_at:
        return _("Revoked")
    if token.expires_at and token.expires_at <= now:
        return _("Expired")
    return _("Live") if token.user.is_active else _("Account disabled")
