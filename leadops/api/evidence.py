"""API logs and API calls, and the notices that were sent: the evidence, to read only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews, page
from leadops.api.describe import PAGING, of, operation
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described, LeadReasonSerializer, as_reason, paged
from leadops.api.problems import invalid
from leads.criteria import LARGEST_ID
from leads.desk.kit import masking
from leads.desk.kit.limits import veil_calls, veil_words
from leads.models import ApiCall, ApiLog
from leads.reasons import Reason, ResponseCode
from notifications.models import Notice

LOGS = right(Scope.LEADS, "leads.view_apilog")
CALLS = right(Scope.LEADS, "leads.view_apicall")
NOTICES = right(Scope.LEADS, "notifications.view_notice")
WHOLE_NUMBER = {"type": "integer", "minimum": 0}


class LogSerializer(Described):
    """One settled try to get one lead into the CRM."""

    id = serializers.IntegerField()
    lead = serializers.IntegerField()
    site = serializers.IntegerField()
    call = serializers.IntegerField(allow_null=True)
    response_code = serializers.ChoiceField(ResponseCode.choices)
    reason = LeadReasonSerializer(allow_null=True)
    zoho_id = serializers.CharField()
    status = serializers.IntegerField(allow_null=True, help_text="HTTP")
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class WholeLogSerializer(LogSerializer):
    """With the exchange, for who may see it; else null."""

    record = serializers.DictField(allow_null=True)
    answer = serializers.CharField(allow_null=True)
    repairs = serializers.ListField(child=serializers.CharField(), allow_null=True)


class CallSerializer(Described):
    """One HTTP request to the CRM."""

    id = serializers.IntegerField()
    destination = serializers.IntegerField()
    kind = serializers.ChoiceField(ApiCall.Kind.choices)
    leads = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    took_ms = serializers.IntegerField(allow_null=True)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class WholeCallSerializer(CallSerializer):
    """With the exchange, for who may see it; else empty."""

    request = serializers.CharField()
    response = serializers.CharField()
    error = serializers.CharField()


class NoticeSerializer(Described):
    """One message to one address."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    via = serializers.CharField()
    recipient = serializers.CharField()
    site = serializers.IntegerField(allow_null=True)
    lead = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    status = serializers.ChoiceField(Notice.Status.choices)
    tries = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)


NOTICE = ("kind", "via", "recipient", "reason", "status", "tries", "created_at", "sent_at")
CALL = ("kind", "leads", "status", "took_ms", "started_at", "ended_at")


class LogViews(OpsViews):
    """API logs, the newest first."""

    rights = {"list": LOGS, "retrieve": LOGS}

    @operation(
        "list_api_logs",
        "API logs",
        paged(LogSerializer),
        query=[
            of("lead", WHOLE_NUMBER),
            of("site", WHOLE_NUMBER),
            of("reason", {"type": "string", "enum": Reason.values}),
            *PAGING,
        ],
    )
    def list(self, request: Request) -> Response:
        """A page."""
        large = ("answer", "record", "repairs")
        rows = ApiLog.objects.visible_to(request.user).defer(*large)
        for name in ("lead", "site"):
            if name in request.query_params:
                rows = rows.filter(**{name: number(request, name)})
        if reason := request.query_params.get("reason"):
            if reason not in Reason.values:
                raise invalid("“reason” is not understood.", {"reason": "no reason"})
            # Both said, so that SQLite sees that the partial index on reasons fits.
            rows = rows.filter(reason=reason).exclude(reason="")
        return page(request, rows, ["-pk"], lambda found: logs_shown(found, request.user))

    @operation("get_api_log", "One API log with its exchange", WholeLogSerializer, refuses=(404,))
    def retrieve(self, request: Request, pk: int) -> Response:
        """The attempt."""
        log = one_of(ApiLog.objects.visible_to(request.user), pk)
        sees = masking.may_see_exchange(request.user)
        exchange = {name: getattr(log, name) if sees else None for name in EXCHANGE}
        return Response(logs_shown([log], request.user)[0] | exchange)


EXCHANGE = ("record", "answer", "repairs")


class CallViews(OpsViews):
    """API calls, the newest first."""

    rights = {"list": CALLS, "retrieve": CALLS}

    @operation("list_api_calls", "API calls", paged(CallSerializer), query=PAGING)
    def list(self, request: Request) -> Response:
        """A page."""
        rows = ApiCall.objects.visible_to(request.user).defer("request", "response", "error")
        return page(request, rows, ["-pk"], lambda found: [as_call(one) for one in found])

    @operation(
        "get_api_call", "One API call with its exchange", WholeCallSerializer, refuses=(404,)
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """The call; the exchange only of one that carried no other site's leads."""
        call = one_of(ApiCall.objects.visible_to(request.user), pk)
        veil_calls([call], request.user)
        sees = masking.may_see_exchange(request.user)
        words = ("request", "response", "error")
        return Response(
            as_call(call) | {name: getattr(call, name) if sees else "" for name in words}
        )


class NoticeViews(OpsViews):
    """Notices, the newest first."""

    rights = {"list": NOTICES}

    @operation("list_notices", "Notices", paged(NoticeSerializer), query=PAGING)
    def list(self, request: Request) -> Response:
        """A page."""
        rows = Notice.objects.visible_to(request.user)
        return page(request, rows, ["-pk"], lambda found: [as_notice(one) for one in found])


def number(request: Request, name: str) -> int:
    """An id of the query. Raises Problem."""
    text = request.query_params[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 20) or int(text) > LARGEST_ID:
        raise invalid(f"“{name}” takes a number.", {name: "no number"})
    return int(text)


def one_of(rows: QuerySet[Any], pk: int) -> Any:
    """The row. Raises Http404."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def logs_shown(logs: list[ApiLog], user: Any) -> list[dict[str, Any]]:
    """Attempts of a list."""
    veil_words(logs, user)
    columns = ("response_code", "zoho_id", "status", "revision", "created_at")
    return [
        {
            "id": log.pk,
            "lead": log.lead_id,
            "site": log.site_id,
            "call": log.call_id,
            "reason": as_reason(log, user),
            **{name: getattr(log, name) for name in columns},
        }
        for log in logs
    ]


def as_call(call: ApiCall) -> dict[str, Any]:
    """A call without its exchange."""
    columns = {name: getattr(call, name) for name in CALL}
    return {"id": call.pk, "destination": call.destination_id, **columns}


def as_notice(notice: Notice) -> dict[str, Any]:
    """A notice."""
    columns = {name: getattr(notice, name) for name in NOTICE}
    return {"id": notice.pk, "site": notice.site_id, "lead": notice.lead_id, **columns}
