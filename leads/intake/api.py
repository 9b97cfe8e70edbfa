"""`POST /api/v1/leads/`: the edge between HTTP and `receive`."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.data import KNOWN_FIELDS
from leads.intake.body.arrival import Arrival, flagged
from leads.intake.body.parse import parse_submission
from leads.intake.errors import NothingHere
from leads.intake.guard.keys import SiteKeyAuthentication
from leads.intake.guard.signed import Signed, give_back
from leads.intake.receive import Origin, receive
from leads.intake.rejected import traced
from leads.intake.tools import TOOLS, UNTOLD
from leads.models import Lead, Site
from leads.models.sites.site import TRAP
from leads.shown import snippets

LeadFields = inline_serializer(
    "LeadFields", {name: serializers.CharField(required=False) for name in KNOWN_FIELDS}
)


BODIES = dict.fromkeys(
    ("application/json", "application/x-www-form-urlencoded", "multipart/form-data"), LeadFields
)
"""What a lead may be posted as, for the description."""
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 255},
    OpenApiParameter.HEADER,
    description="Any text of up to 255 characters. A repeat makes no second lead.",
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


class ErrorSerializer(serializers.Serializer[dict[str, Any]]):
    """Any answer other than 202 and 200."""

    code = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # `errors` is a field here, and a property of every serializer
        child=serializers.CharField(), required=False
    )


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


def site_behind(request: Request) -> Site:
    """The site whose key the request showed; see `SiteKeyAuthentication`."""
    return cast(Site, request.user)


def errors(*codes: int) -> dict[int, type[ErrorSerializer]]:
    """The error answers of an operation, for its description."""
    return dict.fromkeys(codes, ErrorSerializer)


class OnlyJson(BaseContentNegotiation):
    """JSON, whatever the Accept header says: to refuse a lead over it would be to lose it."""

    def select_parser(self, request: Request, parsers: Any) -> None:
        """None: bodies are read by `parse_submission`."""

    def select_renderer(
        self,
        request: Request,
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002 - its caller's signature
    ) -> tuple[Any, str]:
        """The only one there is."""
        return renderers[0], renderers[0].media_type


COME_AGAIN = (429, 500, 503)
"""Answers after which the same request is sent once more."""


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key; of a signed request without one its id, which names the message."""
    key = request.headers.get("Idempotency-Key")
    return key or (request.auth.message if isinstance(request.auth, Signed) else None)


class KeyedView(APIView):
    """What a site asks with its secret key."""

    content_negotiation_class = OnlyJson
    answers = False
    """Whether its answer to a post repeats what was posted."""

    def get_authenticators(self) -> list[BaseAuthentication]:
        """The site's key, and nothing else."""
        return [SiteKeyAuthentication(self.answers)]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer; a signed request that comes to nothing may come again as it is."""
        answer = None
        try:
            answer = super().dispatch(request, *args, **kwargs)
            return answer
        finally:
            if answer is None or answer.status_code in COME_AGAIN:
                give_back(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks; but first whether there is anything to ask, which is nobody's secret."""
        if (request.method or "").lower() not in self.http_method_names:
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)


class LeadIntake(KeyedView):
    """Where sites post leads."""

    http_method_names = ["post"]

    @extend_schema(
        operation_id="post_lead",
        summary="Post a lead",
        description=(
            "Answers 202 once the lead is on disk. Any further field is kept too, and values of "
            "other types than text are converted by rule. The body may be compressed as gzip or "
            "deflate. JSON of another type, in a declared charset, or as a list of one lead is "
            "read too; of files, name, type and size are kept."
        ),
        request=BODIES,
        parameters=[IDEMPOTENCY_KEY],
        responses={
            202: AcceptedSerializer,
            **errors(400, 401, 403, 405, 409, 413, 415, 422, 429, 503),
        },
    )
    def post(self, request: Request) -> Response:
        """Store a lead and say where it stands."""
        site, arrival = site_behind(request), Arrival.of(request._request)
        origin = Origin(idempotency_key=idempotency_key(request))
        with traced(site, arrival, Lead.Source.API):
            submission = parse_submission(arrival.content_type, arrival.read(), arrival.encoding)
            submission = flagged(submission, request._request)
            return Response(accepted(receive(submission, site, origin)), status=202)


class Elsewhere(APIView):
    """Any other address below /api/v1/: a program that lost its way reads JSON too."""

    content_negotiation_class = OnlyJson

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing is here, whatever the method."""
        raise NothingHere("Leads are posted to /api/v1/leads/.")


def api_docs(request: HttpRequest) -> HttpResponse:
    """The page that a site's developer reads."""
    ready = [*snippets.for_key("KEY", "your site"), *snippets.for_form("TOKEN", TRAP)]
    context = {
        "public_url": settings.PUBLIC_URL,
        "trap": TRAP,
        "code": {snippet.name: snippet.code for snippet in ready},
        "tools": [tool for tool in TOOLS.values() if tool.name not in UNTOLD],
        "languages": [(one.name, one.title) for one in ready if one.name not in ("curl", "form")],
    }
    return render(request, "leads/api_docs.html", context)
