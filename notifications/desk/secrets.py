"""Secrets that calls are signed with, in the admin: shown once, renewed, ended. Each is audited."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.desk.kit.history import attribute
from notifications.models.addressed import Addressed


class WithSecret:
    """Mixed into the admin of a model that is Addressed."""

    opts: Any
    model: Any
    admin_site: Any
    has_change_permission: Any

    def posted(self, route: str, view: Any, name: str) -> URLPattern:
        """The address of a button."""
        view = self.admin_site.admin_view(require_POST(view))
        pattern: URLPattern = path(route, view, name=self.named(name))
        return pattern

    def named(self, name: str) -> str:
        """What an address of this model is called."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def page_of(self, row: Addressed) -> str:
        """The page of one."""
        return reverse(f"admin:{self.named('change')}", args=[row.pk])

    def home_of(self, row: Any) -> str:
        """Where one came from: the page itself, unless said otherwise."""
        return self.page_of(row)

    def secret_urls(self) -> list[URLPattern]:
        """The addresses of the buttons about secrets."""
        return [
            self.posted("<int:pk>/new-secret/", self.renew, "new_secret"),
            self.posted("<int:pk>/end-secret/", self.end_former, "end_secret"),
        ]

    def show_secret(self, request: HttpRequest, row: Addressed) -> HttpResponse:
        """The page that shows a new secret; nothing keeps it."""
        context = self.admin_site.each_context(request) | {
            "title": _("Secret"),
            "opts": self.opts,
            "row": row,
            "list_url": reverse(f"admin:{self.named('changelist')}"),
            "page": self.page_of(row),
            "home": self.home_of(row),
        }
        response = TemplateResponse(request, "admin/notifications/secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def renew(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Replace the secret; for three days both sign."""
        row = self._signed(request, pk)
        row.renew_secret(database_now())
        attribute(row, request.user, "Made a new secret.", "key")
        return self.show_secret(request, row)

    def end_former(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the former secret sign nothing any more."""
        row = self._signed(request, pk)
        if row.end_former_secret():
            attribute(row, request.user, "Ended the former secret.", "key")
        messages.success(request, _("Calls are signed with the newest secret alone."))
        return HttpResponseRedirect(self.page_of(row))

    def _signed(self, request: HttpRequest, pk: int) -> Any:
        row = self.model._default_manager.filter(pk=pk).first()
        if row is None or not row.signs:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row
