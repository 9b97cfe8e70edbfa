"""Wallboards in the admin: making one, whose address is shown this once, and revoking it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leads.clock import database_now
from leads.desk.kit.generics import ModelAdmin
from leads.desk.kit.history import attribute
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.desk.kit.permissions import demand
from leads.models import Wallboard

REVOKE = "leads.revoke_wallboard"


@admin.register(Wallboard)
class WallboardAdmin(ByOwnFilters, ModelAdmin[Wallboard]):
    """A secret goes out once and is kept as a digest; a board is revoked, never edited."""

    change_list_template = "admin/leads/kit/plain_list.html"
    change_form_template = "admin/leads/wallboards/page.html"
    list_display = ["name", "of", "made_by", "created_at", "counted_at", "state"]
    list_select_related = ["site", "made_by"]
    show_full_result_count = False
    fields = ["name", "site"]

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the button that revokes."""
        view = self.admin_site.admin_view(require_POST(self.revoke))
        return [
            path("<int:pk>/revoke/", view, name="leads_wallboard_revoke"),
            *super().get_urls(),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: another screen gets another board."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: who made which stays known."""
        return False

    def save_model(self, request: HttpRequest, obj: Wallboard, form: Any, change: bool) -> None:
        """Store a new one with its secret, which the answer shows."""
        obj.made_by = request.user  # type: ignore[assignment]  # signed in
        secret = Wallboard.new_secret()
        obj.keep(secret)
        request.wallboard_secret = secret  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self,
        request: HttpRequest,
        obj: Wallboard,
        post_url_continue: str | None = None,  # noqa: ARG002 - Django's signature
    ) -> HttpResponse:
        """The page that shows the address; nothing keeps it."""
        address = reverse("wallboard", args=[request.wallboard_secret])  # type: ignore[attr-defined]
        context = self.admin_site.each_context(request) | {
            "title": (_("The address of %(obj)s") % {"obj": obj}),
            "opts": self.opts,
            "board": obj,
            "address": request.build_absolute_uri(address),
        }
        response = TemplateResponse(request, "admin/leads/wallboards/new.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the address open nothing any more."""
        demand(request, REVOKE)
        board = get_object_or_404(Wallboard, pk=pk)
        now = database_now()
        if Wallboard.objects.filter(pk=pk, revoked_at=None).update(revoked_at=now, figures=None):
            attribute(board, request.user, "Revoked.")
        messages.success(
            request, (_("The address of %(board)s opens nothing any more.") % {"board": board})
        )
        return HttpResponseRedirect(reverse("admin:leads_wallboard_changelist"))

    @admin.display(description=gettext_lazy("Of"))
    def of(self, board: Wallboard) -> str:
        """The site, or all of them."""
        return str(board.site or _("all sites"))

    @admin.display(description=gettext_lazy("State"))
    def state(self, board: Wallboard) -> str:
        """Whether its address opens anything."""
        if board.revoked_at:
            return _("Revoked")
        return (
            _("Shown")
            if board.made_by.is_active and board.made_by.is_staff
            else _("Maker disabled")
        )
