"""`GET /api/v1/leads/UUID/`: where a site asks what became of its lead, and may wait for it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.clock import Clock
from leads.intake.api import (
    AcceptedSerializer,
    KeyedView,
    ReasonSerializer,
    errors,
    reason_of,
    site_behind,
)
from leads.intake.receipt.waiting import (
    LONGEST,
    come_back,
    places,
    seconds_asked,
    wait_until_settled,
)
from leads.models import Lead


class ReceiptSerializer(AcceptedSerializer):
    """Where a lead stands. No personal data."""

    reason = ReasonSerializer(allow_null=True)
    received_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


def receipt_of(lead: Lead) -> dict[str, Any]:
    """What a site is told of its lead."""
    return {
        "id": str(lead.reference),
        "status": lead.status,
        "reason": reason_of(lead),
        "received_at": lead.received_at,
        "settled_at": lead.settled_at,
    }


class LeadReceipt(KeyedView):
    """Where a site asks what became of its lead."""

    http_method_names = ["get", "head"]
    clock = Clock()

    @extend_schema(
        operation_id="get_receipt",
        summary="What became of a lead",
        description=(
            "With `wait` it answers as soon as the lead is delivered, failed or otherwise settled, "
            "at the latest after so many seconds. A process has places for a quarter of its "
            "threads; without a free one it answers at once, with Retry-After."
        ),
        parameters=[
            OpenApiParameter("reference", OpenApiTypes.UUID, OpenApiParameter.PATH),
            OpenApiParameter(
                "wait",
                {"type": "integer", "minimum": 0, "maximum": LONGEST},
                description="Seconds, 20 at the most; what is no number is no wait.",
            ),
        ],
        responses={200: ReceiptSerializer, **errors(401, 403, 404, 405, 409, 503)},
    )
    def get(self, request: Request, reference: str) -> Response:
        """The lead's status, for the site that posted it."""
        try:
            known = Lead.objects.filter(site=site_behind(request), reference=uuid.UUID(reference))
        except ValueError:
            raise Http404 from None
        known = known.defer("body", "data")
        lead = known.first()
        if lead is None:
            raise Http404
        seconds = seconds_asked(request.query_params.get("wait", "")) if lead.is_open else 0
        if not seconds:
            return Response(receipt_of(lead))
        with places().one() as may_wait:
            if not may_wait:
                return Response(receipt_of(lead), headers={"Retry-After": come_back()})
            wait_until_settled(lead.pk, seconds, self.clock)
        return Response(receipt_of(known.first() or lead))
