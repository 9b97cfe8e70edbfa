"""`POST /api/v1/leads/dry-run/` and `/test/`: for who writes the site's program."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.intake.api import (
    BODIES,
    IDEMPOTENCY_KEY,
    AcceptedSerializer,
    KeyedView,
    ReasonSerializer,
    accepted,
    errors,
    idempotency_key,
    site_behind,
)
from leads.intake.body.arrival import Arrival
from leads.intake.body.parse import parse_submission
from leads.intake.guard.quota import use_one
from leads.intake.receive import Origin, receive
from leads.intake.rejected import traced
from leads.intake.test_lead import origin_of_test, ready_made
from leads.intake.tryout.dry_run import as_json, dry_run
from leads.models import DryRuns, Lead


class RecognisedSerializer(serializers.Serializer[dict[str, str]]):
    """A value that was recognised: where it stood, and what spoke for it."""

    value = serializers.CharField()
    path = serializers.CharField()
    why = serializers.CharField()


class FlagSerializer(serializers.Serializer[dict[str, str]]):
    """Something odd about a submission."""

    code = serializers.CharField()
    title = serializers.CharField()


class RecordSerializer(serializers.Serializer[dict[str, Any]]):
    """A record of the CRM: its module, and its fields by their API names."""

    module = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]  # `fields` is a field here, and a property of every serializer


class WarningSerializer(serializers.Serializer[dict[str, str]]):
    """Something to know before a real lead is posted."""

    code = serializers.CharField()
    field = serializers.CharField()
    text = serializers.CharField()


class DryRunAnswerSerializer(serializers.Serializer[dict[str, Any]]):
    """What would become of a lead."""

    status = serializers.ChoiceField(Lead.Status.choices)
    reason = ReasonSerializer(allow_null=True)
    recognised = serializers.DictField(child=RecognisedSerializer())
    fields = serializers.DictField()  # type: ignore[assignment]  # as in RecordSerializer
    flags = FlagSerializer(many=True)
    repairs = serializers.ListField(child=serializers.CharField())
    record = RecordSerializer()
    warnings = WarningSerializer(many=True)


class DryRunIntake(KeyedView):
    """Where a site's program asks what would be sent. The one answer with the caller's values."""

    answers = True
    http_method_names = ["post"]

    @extend_schema(
        operation_id="dry_run_lead",
        summary="What would be sent",
        description=(
            "Takes what `post_lead` takes and stores nothing: what is recognised, what the rules "
            "say (but the one against duplicates), the repairs, and the record as Zoho would get "
            "it, with zeros for the reference. Counts for the site's quota. For secret keys that "
            "may read."
        ),
        request=BODIES,
        responses={
            200: DryRunAnswerSerializer,
            **errors(400, 401, 403, 405, 409, 413, 415, 429, 503),
        },
    )
    def post(self, request: Request) -> Response:
        """Say what would become of a lead."""
        site, arrival = site_behind(request), Arrival.of(request._request)
        submission = parse_submission(arrival.content_type, arrival.read(), arrival.encoding)
        origin = Origin(idempotency_key=request.headers.get("Idempotency-Key"))
        now = use_one(site, Lead.Source.API)
        answer = as_json(dry_run(submission, site, origin))
        DryRuns.objects.count_one(site.pk, now)
        return Response(answer, headers={"Cache-Control": "no-store"})


class TestLeadIntake(KeyedView):
    """Where a site's program posts a test lead: delivered as any other, in no figure."""

    http_method_names = ["post"]

    @extend_schema(
        operation_id="post_test_lead",
        summary="Post a test lead",
        description=(
            "Takes what `post_lead` takes, or an empty body for a lead made here. It goes the "
            "whole way to Zoho, marked as a test: in no figure, told to nobody, and in no other "
            "lead's way. An Idempotency-Key of a test is no key of a lead."
        ),
        request=BODIES,
        parameters=[IDEMPOTENCY_KEY],
        responses={
            202: AcceptedSerializer,
            **errors(400, 401, 403, 405, 409, 413, 415, 422, 429, 503),
        },
    )
    def post(self, request: Request) -> Response:
        """Store a test lead and say where it stands."""
        site, arrival = site_behind(request), Arrival.of(request._request)
        with traced(site, arrival, Lead.Source.API):
            body = arrival.read()
            submission = (
                parse_submission(arrival.content_type, body, arrival.encoding)
                if body
                else ready_made()
            )
            origin = origin_of_test(submission, idempotency_key(request))
            return Response(accepted(receive(submission, site, origin)), status=202)
