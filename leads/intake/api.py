"""`POST /api/v1/leads/` and the receipt: the edge between HTTP and `receive`."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.data import KNOWN_FIELDS
from leads.intake.errors import Unsupported
from leads.intake.keys import SiteKeyAuthentication
from leads.intake.parse import Submission, parse_submission, refuse_large
from leads.intake.receive import Origin, receive
from leads.models import Lead, Site

LeadFields = inline_serializer(
    "LeadFields", {name: serializers.CharField(required=False) for name in KNOWN_FIELDS}
)


class ReasonSerializer(serializers.Serializer[dict[str, str]]):
    """Why a lead is not in Zoho."""

    code = serializers.CharField()
    title = serializers.CharField()
    field = serializers.CharField(required=False)


class AcceptedSerializer(serializers.Serializer[dict[str, Any]]):
    """The answer to a stored lead."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(Lead.Status.choices)
    reason = ReasonSerializer(required=False)


class ReceiptSerializer(AcceptedSerializer):
    """Where a lead stands. No personal data."""

    reason = ReasonSerializer(allow_null=True)
    received_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class ErrorSerializer(serializers.Serializer[dict[str, str]]):
    """Any answer other than 202 and 200."""

    code = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()


def reason_of(lead: Lead) -> dict[str, str] | None:
    """Why the lead is not in Zoho; None while there is no reason."""
    if not lead.reason:
        return None
    reason = {"code": lead.reason, "title": lead.reason_title}
    return reason | ({"field": lead.reason_field} if lead.reason_field else {})


def accepted(lead: Lead) -> dict[str, Any]:
    """The body of a 202."""
    answer: dict[str, Any] = {"id": str(lead.reference), "status": lead.status}
    reason = reason_of(lead)
    return answer | ({"reason": reason} if reason else {})


def read_submission(request: Request) -> Submission:
    """The fields of a request; the size is refused before a byte of the body is read."""
    refuse_large(request.META)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unsupported("Send the body uncompressed.")
    return parse_submission(request.META.get("CONTENT_TYPE", ""), request._request.body)


def site_behind(request: Request) -> Site:
    """The site whose key the request showed; see `SiteKeyAuthentication`."""
    return cast(Site, request.user)


class LeadIntake(APIView):
    """Where sites post leads."""

    authentication_classes = [SiteKeyAuthentication]

    @extend_schema(
        operation_id="post_lead",
        summary="Post a lead",
        description="Answers 202 once the lead is on disk. Any further field is kept too.",
        request={
            "application/json": LeadFields,
            "application/x-www-form-urlencoded": LeadFields,
        },
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                location=OpenApiParameter.HEADER,
                description="Any text of up to 255 characters. A repeat makes no second lead.",
            )
        ],
        responses={
            202: AcceptedSerializer,
            **dict.fromkeys((400, 401, 403, 413, 415, 422, 429, 503), ErrorSerializer),
        },
    )
    def post(self, request: Request) -> Response:
        """Store a lead and say where it stands."""
        origin = Origin(idempotency_key=request.headers.get("Idempotency-Key") or None)
        lead = receive(read_submission(request), site_behind(request), origin)
        return Response(accepted(lead), status=202)


class LeadReceipt(APIView):
    """Where a site asks what became of its lead."""

    authentication_classes = [SiteKeyAuthentication]

    @extend_schema(
        operation_id="get_receipt",
        summary="What became of a lead",
        responses={200: ReceiptSerializer, 401: ErrorSerializer, 404: ErrorSerializer},
    )
    def get(self, request: Request, reference: UUID) -> Response:
        """The lead's status, for the site that posted it."""
        lead = Lead.objects.filter(site=site_behind(request), reference=reference).first()
        if lead is None:
            raise Http404
        receipt = {
            "id": str(lead.reference),
            "status": lead.status,
            "reason": reason_of(lead),
            "received_at": lead.received_at,
            "settled_at": lead.settled_at,
        }
        return Response(receipt)


def api_docs(request: HttpRequest) -> HttpResponse:
    """The page that a site's developer reads."""
    return render(request, "leads/api_docs.html", {"public_url": settings.PUBLIC_URL})
