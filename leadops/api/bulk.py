"""Bulk retries: what one would do, starting it, how far it is, stopping it."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews, deciding, page, read
from leadops.api.decisions import Nothing
from leadops.api.describe import PAGING, operation
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described, paged
from leadops.api.leads import filter_of
from leads.clock import Deadline, database_now
from leads.decisions.bulk import run
from leads.decisions.bulk.plan import plan
from leads.desk.bulk.pages import progress
from leads.models import BulkRetry

SEES = "leads.view_failedlead"
RETRIES = "leads.retry_lead"
STOP_SECONDS = 2
COUNTS = (
    *("on_the_way", "delivered", "failed_again", "by_hand", "moved_on", "finished", "to_queue"),
    "percent",
)
PLANNED = ("total", "queued", "held", "skipped", "returned")


class WantedSerializer(serializers.Serializer[Any]):
    """Which failed leads: the failed table's filters by name; an empty object means all."""

    filter = serializers.DictField(child=serializers.CharField(max_length=2000))


class NumberSerializer(Described):
    """How many leads of a thing."""

    key = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()


class PlanSerializer(Described):
    """What a bulk retry would do."""

    words = serializers.CharField()
    count = serializers.IntegerField()
    calls = serializers.IntegerField()
    duration = serializers.CharField()
    by_site = NumberSerializer(many=True)
    by_reason = NumberSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class BulkRetrySerializer(Described):
    """A bulk retry, and what became of its leads."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(BulkRetry.State.choices)
    words = serializers.CharField()
    created_by = serializers.CharField(allow_null=True)
    via = serializers.CharField(help_text="The token that it was started by.")
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField(help_text="Leads when it was planned.")
    queued = serializers.IntegerField()
    held = serializers.IntegerField(help_text="Stopped by a rule before a call.")
    skipped = serializers.IntegerField()
    returned = serializers.IntegerField(help_text="Failed again unsent because it was stopped.")


class ProgressSerializer(BulkRetrySerializer):
    """With how far it is."""

    on_the_way = serializers.IntegerField()
    delivered = serializers.IntegerField()
    failed_again = serializers.IntegerField()
    by_hand = serializers.IntegerField()
    moved_on = serializers.IntegerField()
    finished = serializers.IntegerField()
    to_queue = serializers.IntegerField()
    percent = serializers.IntegerField()


class StartedSerializer(BulkRetrySerializer):
    """One that was started, or that runs already."""

    is_new = serializers.BooleanField(help_text="False where these leads were being retried.")


class BulkViews(OpsViews):
    """Bulk retries, the newest first."""

    rights = {
        "list": right(Scope.LEADS, SEES),
        "retrieve": right(Scope.LEADS, SEES),
        "plan": right(Scope.ACT, RETRIES, SEES),
        "start": right(Scope.ACT, RETRIES, SEES),
        "stop": right(Scope.ACT, RETRIES, SEES),
    }

    @operation(
        "list_bulk_retries",
        "Bulk retries",
        paged(BulkRetrySerializer),
        query=PAGING,
    )
    def list(self, request: Request) -> Response:
        """A page."""
        rows = BulkRetry.objects.visible_to(request.user).select_related("created_by")
        return page(request, rows, ["-pk"], lambda found: [as_row(one) for one in found])

    @operation("get_bulk_retry", "How far a bulk retry is", ProgressSerializer, refuses=(404,))
    def retrieve(self, request: Request, pk: int) -> Response:
        """Counted in the rows that it queued last."""
        return Response(as_progress(bulk_for(request.user, pk)))

    @operation(
        "plan_bulk_retry", "What a bulk retry would do", PlanSerializer, takes=WantedSerializer
    )
    def plan(self, request: Request) -> Response:
        """Nothing is done."""
        wanted = filter_of(read(WantedSerializer, request)["filter"], request.user)
        found = plan(wanted, database_now())
        sites = [(str(site.pk), site.name, n) for site, n in found.by_site]
        reasons = [(reason.value, str(reason.label), n) for reason, n in found.by_reason]
        answer = {
            "words": wanted.words(),
            "count": found.count,
            "calls": found.calls,
            "duration": found.duration,
            "by_site": [dict(zip(("key", "name", "count"), one, strict=True)) for one in sites],
            "by_reason": [dict(zip(("key", "name", "count"), one, strict=True)) for one in reasons],
            "warnings": [str(one) for one in found.warnings],
        }
        return Response(answer)

    @operation(
        "start_bulk_retry",
        "Retry many failed leads, behind fresh ones",
        StartedSerializer,
        takes=WantedSerializer,
        status=201,
        once=True,
    )
    @deciding
    def start(self, request: Request) -> Response:
        """A new one; where these leads are being retried already, that one."""
        wanted = filter_of(read(WantedSerializer, request)["filter"], request.user)
        one, new = run.start(wanted, request.user)
        return Response(as_row(one) | {"is_new": new}, 201)

    @operation(
        "stop_bulk_retry",
        "Stop a bulk retry: what was not sent goes back to the table",
        ProgressSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def stop(self, request: Request, pk: int) -> Response:
        """Takes back what it can in two seconds; a worker does the rest."""
        read(Nothing, request)
        bulk_for(request.user, pk)
        run.stop(pk, request.user, Deadline(STOP_SECONDS))
        return Response(as_progress(bulk_for(request.user, pk)))


def bulk_for(user: Any, pk: int) -> BulkRetry:
    """One that the account may see. Raises Http404."""
    rows = BulkRetry.objects.visible_to(user).select_related("created_by")
    one = rows.filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


def as_row(one: BulkRetry) -> dict[str, Any]:
    """A bulk retry by itself."""
    return {
        "id": one.pk,
        "state": str(one.state),
        "words": one.words,
        "created_by": one.created_by.get_username() if one.created_by else None,
        "via": one.via,
        "created_at": moment(one.created_at),
        "ended_at": moment(one.ended_at),
        **{name: getattr(one, name) for name in PLANNED},
    }


def as_progress(one: BulkRetry) -> dict[str, Any]:
    """With what became of its leads."""
    found = progress(one)  # which may know that it is over before its row does
    return as_row(one) | {name: found[name] for name in COUNTS}


def moment(value: Any) -> str | None:
    """A moment as JSON has it, so that an answer can be kept."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")
