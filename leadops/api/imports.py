"""Imports: a file's upload, its columns, dry run, start, progress, stop and result."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import Body, OpsViews, deciding, page, read
from leadops.api.bulk import moment
from leadops.api.decisions import Nothing
from leadops.api.describe import PAGING, of, operation
from leadops.api.files import KINDS, PARSERS, FileBody
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described, paged
from leadops.api.problems import Problem, conflict, invalid
from leads.decisions.imports import corrections, run
from leads.decisions.imports.upload import ReadFile, choose, keep, read_whole
from leads.desk.kit.history import attribute
from leads.intake.files.refused import FileRefused
from leads.models import LeadImport, Site
from leads.models.lead_import import Outcome
from leads.models.queries.visible import is_limited

IMPORTS = "leads.import_lead"
SEES = right(Scope.LEADS, IMPORTS)
ACTS = right(Scope.ACT, IMPORTS)
PLAIN = ("state", "kind", "columns", "chosen", "key_column", "total", "done", "counts", "reasons")
MOMENTS = ("created_at", "started_at", "ended_at", "forgotten_at")
RESULT = ("line", "outcome", "lead", "reason", "words")


class ColumnsSerializer(serializers.Serializer[Any]):
    """Which column is which field, and which tells rows apart."""

    chosen = serializers.DictField(child=serializers.CharField(max_length=200, allow_blank=True))
    key_column = serializers.CharField(max_length=200, allow_blank=True)
    sends = serializers.BooleanField(
        default=True, help_text="Whether corrected leads are retried as well."
    )


class ImportSerializer(Described):
    """An import, and how far it is."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(LeadImport.State.choices)
    kind = serializers.ChoiceField(LeadImport.Kind.choices)
    site = serializers.IntegerField(allow_null=True)
    name = serializers.CharField(help_text="Of the file.")
    columns = serializers.ListField(child=serializers.CharField())
    chosen = serializers.DictField(child=serializers.CharField())
    key_column = serializers.CharField()
    total = serializers.IntegerField(help_text="Rows in the file.")
    done = serializers.IntegerField()
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Rows by what became of them."
    )
    reasons = serializers.DictField(
        child=serializers.IntegerField(), help_text="Rows that a rule holds, by reason."
    )
    trial = serializers.DictField(allow_null=True, help_text="What the dry run found so far.")
    created_by = serializers.CharField(allow_null=True)
    via = serializers.CharField(help_text="The token that it was uploaded by.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    forgotten_at = serializers.DateTimeField(
        allow_null=True, help_text="When the file was deleted."
    )


class ResultSerializer(Described):
    """What became of a row."""

    line = serializers.IntegerField()
    outcome = serializers.ChoiceField(Outcome.choices)
    lead = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    words = serializers.CharField()


class ImportViews(OpsViews):
    """Imports, the newest first."""

    rights = {
        "list": SEES,
        "retrieve": SEES,
        "results": SEES,
        "upload": ACTS,
        "columns": ACTS,
        "dry_run": ACTS,
        "start": ACTS,
        "stop": ACTS,
    }

    def get_parsers(self) -> Any:
        """A file is read where one is uploaded; anywhere else it is no body, and 415.

        They are asked for before the action is set, and by the schema without a request.
        """
        asked = str(getattr(self.request, "method", "")).lower()
        action = getattr(self, "action", None) or self.action_map.get(asked)
        return [kind() for kind in ([Body, *PARSERS] if action == "upload" else [Body])]

    @operation("list_imports", "Imports", paged(ImportSerializer), query=PAGING)
    def list(self, request: Request) -> Response:
        """A page."""
        rows = LeadImport.objects.visible_to(request.user).select_related("created_by")
        return page(request, rows, ["-pk"], lambda found: [as_row(one) for one in found])

    @operation("get_import", "How far an import is", ImportSerializer, refuses=(404,))
    def retrieve(self, request: Request, pk: int) -> Response:
        """By its own counts."""
        return Response(as_row(import_for(request.user, pk)))

    @operation(
        "upload_import",
        "Upload a file of leads: CSV, .xlsx or lines of JSON",
        ImportSerializer,
        takes=dict.fromkeys(KINDS, OpenApiTypes.BINARY),
        query=[
            of("site", {"type": "integer", "minimum": 1}, "Whose leads the rows are."),
            of("name", {"type": "string", "maxLength": 200}, "Of the file."),
        ],
        status=201,
        once=True,
    )
    def upload(self, request: Request) -> Response:
        """Nothing is imported yet. An export of failed leads is recognised: it corrects them."""
        if not isinstance(request.data, FileBody):
            raise invalid(f"Send the file itself, as one of {', '.join(KINDS)}.")
        try:
            # Outside of the transaction in which it is decided: to read it takes seconds.
            with request.data.file as file, read_whole(file) as found:
                return keep_file(self, request, found)
        except FileRefused as refusal:
            raise invalid(str(refusal), {"file": str(refusal)}) from None

    @operation(
        "choose_import_columns",
        "Say which column is which field",
        ImportSerializer,
        takes=ColumnsSerializer,
        refuses=(404, 409),
        once=True,
    )
    @deciding
    def columns(self, request: Request, pk: int) -> Response:
        """Before it begins."""
        import_for(request.user, pk)
        given = read(ColumnsSerializer, request)
        try:
            chose = choose(pk, given["chosen"], given["key_column"], given["sends"])
        except FileRefused as refusal:
            raise invalid(str(refusal)) from None
        return self._after(request, pk, chose)

    @operation(
        "try_import",
        "Dry run: what would become of each row; nothing is stored",
        ImportSerializer,
        takes=Nothing,
        refuses=(404, 409),
        once=True,
    )
    @deciding
    def dry_run(self, request: Request, pk: int) -> Response:
        """Begins it: a worker counts."""
        return self._begin(request, pk, run.begin_trial)

    @operation(
        "start_import",
        "Start an import, or go on after a stop",
        ImportSerializer,
        takes=Nothing,
        refuses=(404, 409),
        once=True,
    )
    @deciding
    def start(self, request: Request, pk: int) -> Response:
        """Behind fresh leads."""
        return self._begin(request, pk, run.start)

    @operation(
        "stop_import",
        "Stop an import: what was imported stays",
        ImportSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def stop(self, request: Request, pk: int) -> Response:
        """Before its next rows; one that does not run stays as it is."""
        read(Nothing, request)
        import_for(request.user, pk)
        run.stop(pk, request.user)
        return Response(as_row(import_for(request.user, pk)))

    @operation(
        "list_import_results",
        "What became of each row, in the order of the file",
        paged(ResultSerializer),
        query=PAGING[:1],
        refuses=(404,),
    )
    def results(self, request: Request, pk: int) -> Response:
        """Some hundred rows at once."""
        after = request.query_params.get("after", "")
        if after and not (after.isascii() and after.isdecimal() and len(after) < 7):
            raise invalid("“after” is the “next” of another answer.", {"after": "no cursor"})
        chunks = import_for(request.user, pk).chunks.exclude(results="").order_by("number")
        here = list(chunks.filter(number__gte=int(after or 0))[:2])
        found = json.loads(here[0].results) if here else []
        following = str(here[1].number) if len(here) > 1 else None
        rows = [dict(zip(RESULT, one, strict=True)) for one in found]
        return Response({"results": rows, "next": following})

    def _begin(self, request: Request, pk: int, act: Any) -> Response:
        read(Nothing, request)
        may_be_corrected(import_for(request.user, pk), request.user)
        return self._after(request, pk, act(pk))

    def _after(self, request: Request, pk: int, did: bool) -> Response:
        if not did:
            raise conflict("The import is not in a state in which that can be done.")
        return Response(as_row(import_for(request.user, pk)))


@deciding
def keep_file(view: OpsViews, request: Request, found: ReadFile) -> Response:  # noqa: ARG001 - as `deciding` calls it
    """The import of a file that was read."""
    made = keep(found, request.query_params.get("name", ""), site_of(request), request.user)
    may_be_corrected(made, request.user)
    attribute(made, request.user, f"Uploaded a file of {made.total} rows.")
    return Response(as_row(made), 201)


def site_of(request: Request) -> Site | None:
    """The site that was named; none for corrections of any. Raises Problem."""
    text = request.query_params.get("site", "")
    if not text and not is_limited(request.user):
        return None
    sites = Site.objects.filter(enabled=True).visible_to(request.user)
    known = text.isascii() and text.isdecimal() and len(text) < 18
    site = sites.filter(pk=int(text)).first() if known else None
    if site is None:
        raise invalid("“site” is no enabled site of yours.", {"site": "unknown"})
    return site


def may_be_corrected(made: LeadImport, user: Any) -> None:
    """Raises Problem where it is corrections, and the account may not correct leads."""
    if made.kind == LeadImport.Kind.CORRECTIONS and not user.has_perms(corrections.PERMISSIONS):
        raise Problem(403, "forbidden", "The token's account may not correct leads.")


def import_for(user: Any, pk: int) -> LeadImport:
    """One that the account may see. Raises Http404."""
    rows = LeadImport.objects.visible_to(user).select_related("created_by", "site")
    one = rows.filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


def as_row(one: LeadImport) -> dict[str, Any]:
    """An import, in values that JSON has."""
    return {
        "id": one.pk,
        "site": one.site_id,
        "name": one.name,
        "trial": one.trial,
        "created_by": one.created_by.get_username() if one.created_by else None,
        "via": one.via,
        **{name: getattr(one, name) for name in PLAIN},
        **{name: moment(getattr(one, name)) for name in MOMENTS},
    }
