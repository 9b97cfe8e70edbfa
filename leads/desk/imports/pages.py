"""The pages of imports: the upload, the plan with its dry run, and the progress."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.clock import database_now
from leads.decisions.imports import corrections, run
from leads.decisions.imports.result import HEADINGS, lines
from leads.decisions.imports.upload import choose, upload
from leads.desk.imports.forms import ColumnsForm, UploadForm
from leads.desk.imports.preview import preview
from leads.desk.kit.formatting import lasted, number
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand
from leads.desk.kit.work_lists import WorkListAdmin
from leads.intake.files.refused import FileRefused
from leads.models import LeadImport
from leads.models.lead_import import Outcome
from leads.reasons import Reason

PERMISSION = "leads.import_lead"
TONES = {
    "planned": "queued",
    "trying": "sending",
    "running": "sending",
    "stopped": "discarded",
    "done": "delivered",
}


@admin.register(LeadImport)
class LeadImportAdmin(WorkListAdmin):
    """The imports of the sites that one may see."""

    change_list_template = "admin/leads/imports/list.html"
    page_template = "admin/leads/imports/page.html"
    state_template = "admin/leads/imports/state.html"
    permission = PERMISSION
    stopped_words = gettext_lazy("What was imported so far stays. It can go on where it was.")
    list_display = ["name_of", "state_now", "file", "rows", "by", "created"]
    list_display_links = ["name_of"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may import."""
        return request.user.has_perm(PERMISSION)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """It has no entry in the menu: the way to it is from a site."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[LeadImport]:
        """Each with its site and with who uploaded and stopped it."""
        rows = super().get_queryset(request)
        return rows.select_related("site__destination", "created_by", "stopped_by")

    def get_urls(self) -> list[URLPattern]:
        """Those of every list of work, the upload and the buttons."""
        uploads = require_http_methods(["GET", "HEAD", "POST"])(self.upload_view)
        views: dict[str, Any] = {
            "columns/": require_POST(self.columns_view),
            "try/": require_POST(self.try_view),
            "start/": require_POST(self.start_view),
            "forget/": require_POST(self.forget_view),
            "result.csv": require_GET(self.result_view),
        }
        ours = [
            path(
                f"<int:pk>/{route}",
                self.admin_site.admin_view(view),
                name=f"leads_leadimport_{route.rstrip('/').partition('.')[0]}",
            )
            for route, view in views.items()
        ]
        view = self.admin_site.admin_view(uploads)
        return [path("upload/", view, name="leads_leadimport_upload"), *ours, *super().get_urls()]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Choosing a file; posted: keeping it."""
        demand(request, PERMISSION)
        site = request.GET.get("site", "")
        initial = {"site": site} if site.isascii() and site.isdecimal() and len(site) < 18 else {}
        given = (request.POST, request.FILES) if request.method == "POST" else ()
        form = UploadForm(request.user, *given, initial=initial)
        if form.is_bound and form.is_valid():
            try:
                made = kept(form, request.user)
            except FileRefused as refusal:
                form.add_error("file", str(refusal))
            else:
                attribute(made, request.user, f"Uploaded a file of {made.total} rows.")
                return HttpResponseRedirect(self.address("change", made.pk))
        context = self.admin_site.each_context(request) | {
            "title": _("Import leads"),
            "opts": self.opts,
            "works": self.title,
            "form": form,
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, "admin/leads/imports/upload.html", context, status=status)

    def columns_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say which column is what."""
        made = self._mine(request, pk)
        form = ColumnsForm(made, request.POST)
        if not form.is_valid():
            messages.error(request, _("The file has no such column."))
        elif choose(pk, form.chosen, form.cleaned_data["key"]):
            messages.success(request, _("The rows are read so now."))
        else:
            messages.info(request, _("It has begun already; nothing was changed."))
        return HttpResponseRedirect(self.address("change", pk))

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin a dry run."""
        self._mine(request, pk)
        if not run.begin_trial(pk):
            messages.info(request, _("It has begun already; nothing was changed."))
        return HttpResponseRedirect(self.address("change", pk))

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin, or go on after a stop."""
        made = self._mine(request, pk)
        if made.kind == LeadImport.Kind.CORRECTIONS:
            demand_corrections(request.user)
            sends = request.POST.get("sends") == "on"
            LeadImport.objects.move(pk, (LeadImport.State.PLANNED,), sends=sends)
        if run.start(pk):
            attribute(made, request.user, "Started the import.")
        else:
            messages.info(request, _("It runs already, or is over; nothing was changed."))
        return HttpResponseRedirect(self.address("change", pk))

    def forget_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete the file now."""
        made = self._mine(request, pk)
        if made.is_active:
            messages.info(request, _("Stop it first."))
        elif made.forgotten_at is None:
            made.forget(database_now())
            attribute(made, request.user, "Deleted the file.")
            messages.success(request, _("The file is deleted. Leads that it made stay."))
        return HttpResponseRedirect(self.address("change", pk))

    def result_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """A line a row, as a CSV file."""
        made = self._mine(request, pk)
        response = StreamingHttpResponse(as_csv(made), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="import-{pk}.csv"'
        response["Cache-Control"] = "no-store"
        return response

    def _mine(self, request: HttpRequest, pk: int) -> LeadImport:
        demand(request, PERMISSION)
        made: LeadImport = get_object_or_404(self.get_queryset(request), pk=pk)
        return made

    def stop(self, request: HttpRequest, pk: int) -> bool:
        """Before its next rows."""
        return run.stop(self._mine(request, pk).pk, request.user)

    def progress(self, one: LeadImport) -> dict[str, Any]:
        """By its own counts."""
        return progress(one)

    def badge(self, one: LeadImport) -> SafeString:
        """Where it stands."""
        return state_badge(one)

    def row_context(self, request: HttpRequest, row: LeadImport) -> dict[str, Any]:
        """With the first rows and the columns, until it begins."""
        is_planned = row.state == LeadImport.State.PLANNED and not row.forgotten_at
        more: dict[str, Any] = {"at_load": True, "is_planned": is_planned}
        if is_planned and row.kind == LeadImport.Kind.LEADS:
            more |= preview(row, request.user) | {"form": ColumnsForm(row)}
        more["may_start"] = row.state in ("planned", "stopped") and not row.forgotten_at
        more["has_result"] = bool(row.counts) and not row.forgotten_at
        more |= {f"{name}_url": self.address(name, row.pk) for name in ACTIONS}
        return super().row_context(request, row) | more

    @admin.display(description=gettext_lazy("Import"))
    def name_of(self, one: LeadImport) -> str:
        """Its number."""
        return str(one.pk)

    @admin.display(description=gettext_lazy("What"))
    def file(self, one: LeadImport) -> str:
        """The site and what it is."""
        return self.what_of(one)

    @admin.display(description=gettext_lazy("Rows"))
    def rows(self, one: LeadImport) -> str:
        """How many the file has."""
        return number(one.total)


ACTIONS = ("columns", "try", "start", "forget", "result")


def kept(form: UploadForm, user: Any) -> LeadImport:
    """The import of an uploaded file. Raises FileRefused, PermissionDenied."""
    file = form.cleaned_data["file"]
    made = upload(file.file, file.name, form.cleaned_data["site"], user)
    if made.kind == LeadImport.Kind.CORRECTIONS:
        try:
            demand_corrections(user)
        except PermissionDenied:
            made.delete()
            raise
    return made


def demand_corrections(user: Any) -> None:
    """Stop with 403 unless the user may correct leads."""
    if not user.has_perms(corrections.PERMISSIONS):
        raise PermissionDenied


def state_badge(one: LeadImport) -> SafeString:
    """Where it stands."""
    return format_html(
        '<span class="state {}">{}</span>', TONES[one.state], one.get_state_display()
    )


def progress(one: LeadImport) -> dict[str, Any]:
    """Everything that is shown of how far an import is."""
    now, trial = database_now(), one.trial or {}
    is_trying = one.state == LeadImport.State.TRYING
    mapping = trial.get("mapping", {})
    tried = sum(trial.get(name, 0) for name in ("queued", "already_here"))
    tried += sum(trial.get("held", {}).values())
    done = tried if is_trying else one.done
    return {
        "work": one,
        "badge": state_badge(one),
        "now": now,
        "lasted": lasted((one.ended_at or now) - (one.started_at or one.created_at)),
        "done": done,
        "is_trying": is_trying,
        "percent": 100 if not one.is_active else min(99, 100 * done // max(1, one.total)),
        "outcomes": [(Outcome(name).label, one.counts[name]) for name in known(one.counts)],
        "reasons": with_words(one.reasons),
        "trial": trial,
        "trial_held": with_words(trial.get("held", {})),
        "trial_mapping": sorted(mapping.items(), key=lambda pair: -pair[1]),
        "stopped_by": one.stopped_by or _("somebody who has left"),
    }


def known(counts: dict[str, int]) -> list[str]:
    """Outcomes that there are, in the order of their list."""
    return [name for name in Outcome.values if counts.get(name)]


def with_words(reasons: dict[str, int]) -> list[tuple[str, int]]:
    """Reasons with their words, the most frequent first."""
    named = {name: n for name, n in reasons.items() if name in Reason.values}
    return [(str(Reason(name).label), n) for name, n in sorted(named.items(), key=lambda p: -p[1])]


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """The line."""
        return text


def as_csv(made: LeadImport) -> Iterator[str]:
    """The result, line by line."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + writer.writerow(HEADINGS)
    for cells in lines(made):
        yield writer.writerow(cells)
