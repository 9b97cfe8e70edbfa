"""Lists of work that a person began: their history, how far each is, and its Stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from leads.clock import database_now
from leads.desk.kit.formatting import when
from leads.desk.kit.lists.paging import ReadOnly
from leads.desk.kit.permissions import demand

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PERMISSION = "leads.retry_lead"


class WorkListAdmin(ReadOnly):
    """The history and the progress of one kind of work.

    Its rows have `is_active`, `created_by` and `created_at`; its page extends kit/work_list.html.
    """

    list_display_links = ["name"]
    ordering = ["-pk"]
    sortable_by = ()
    state_template = ""
    """Of how far one is, on its page and asked for again and again."""
    stopped_words: StrOrPromise = ""
    """What a press of Stop did."""
    permission = PERMISSION
    """What a press of Stop takes."""

    def progress(self, one: Any) -> dict[str, Any]:
        """Everything that is shown of how far one is: `badge` and `percent` among it."""
        raise NotImplementedError

    def stop(self, request: HttpRequest, pk: int) -> bool:
        """Stop it; whether there was anything left to stop."""
        raise NotImplementedError

    def what_of(self, one: Any) -> str:
        """What it is for, in the reader's words: what is stored is English."""
        return str(one.words)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may see the failed table."""
        return request.user.has_perm("leads.view_failedlead")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same."""
        return self.has_view_permission(request)

    def address(self, name: str, pk: int) -> str:
        """One of the addresses of a row: `change`, `stop` or `state`."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[pk])

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and our own."""
        views: dict[str, tuple[Any, str]] = {
            "<int:pk>/stop/": (require_POST(self.stop_view), "stop"),
            "<int:pk>/state.json": (require_GET(self.state_view), "state"),
        }
        base = f"{self.opts.app_label}_{self.opts.model_name}"
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"{base}_{name}")
            for route, (view, name) in views.items()
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history, under its plain name."""
        return super().changelist_view(request, {"title": self.title} | (extra_context or {}))

    @property
    def title(self) -> str:
        """What the lists are called."""
        name = str(self.opts.verbose_name_plural)
        return name[:1].upper() + name[1:]

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Leave the rest of its leads alone."""
        demand(request, self.permission)
        get_object_or_404(self.model.objects.only("pk"), pk=pk)
        if self.stop(request, pk):
            messages.success(request, _("Stopped. %(words)s") % {"words": self.stopped_words})
        else:
            messages.info(request, _("It was over already; nothing was changed."))
        return HttpResponseRedirect(self.address("change", pk))

    def state_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """How far it is, for the page that shows it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        one = get_object_or_404(self.get_queryset(request), pk=pk)
        state = self.progress(one)
        html = render_to_string(self.state_template, state | {"user": request.user})
        content = {"active": one.is_active, "percent": state["percent"], "html": html}
        content["now"] = database_now().timestamp()
        response = JsonResponse(content)
        response["Cache-Control"] = "no-store"
        return response

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """How far it is, and what became of its leads."""
        shown = self.progress(row)  # which may know that it is over before its row does
        return {
            "work": row,
            "what": self.what_of(row),
            "works": self.title,
            "state_template": self.state_template,
            "state_url": self.address("state", row.pk),
            "stop_url": self.address("stop", row.pk),
            "may_stop": row.is_active and request.user.has_perm(self.permission),
            **shown,
        }

    @admin.display(description=gettext_lazy("State"))
    def state_now(self, one: Any) -> SafeString:
        """As a badge."""
        return self.badge(one)

    def badge(self, one: Any) -> SafeString:
        """Where it stands."""
        raise NotImplementedError

    @admin.display(description=gettext_lazy("By"))
    def by(self, one: Any) -> str:
        """Who pressed."""
        return str(one.created_by or _("somebody who has left"))

    @admin.display(description=gettext_lazy("Created"))
    def created(self, one: Any) -> SafeString | str:
        """When."""
        return when(one.created_at)
