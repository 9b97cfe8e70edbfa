"""Every address below /api/ops/v1/."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from leadops.api.base import AnswersJson
from leadops.api.bulk import BulkViews
from leadops.api.decisions import DecisionViews
from leadops.api.evidence import CallViews, LogViews, NoticeViews
from leadops.api.imports import ImportViews
from leadops.api.leads import FailedViews, LeadViews
from leadops.api.outcomes import OutcomeMessageViews, OutcomeWebhookViews
from leadops.api.places import DestinationViews
from leadops.api.problems import answer_problem
from leadops.api.sites.keys import KeyViews
from leadops.api.sites.mappings import MappingViews
from leadops.api.sites.sources import SourceViews
from leadops.api.sites.writing import WritableSiteViews
from leadops.api.stats import StatsViews

BASE = "api/ops/v1/"


class Elsewhere(APIView):
    """Any other address: a program that lost its way reads a problem too."""

    content_negotiation_class = AnswersJson

    def get_exception_handler(self) -> Any:
        """Problems."""
        return answer_problem

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing is here, whatever the method."""
        raise Http404


def at(tail: str, views: type[ViewSet], **actions: Any) -> URLPattern:
    """An address, and what its methods do: `at("leads/", LeadViews, get="list")`."""
    pattern: URLPattern = path(BASE + tail, views.as_view(actions))
    return pattern


OPERATIONS = [
    at("leads/", LeadViews, get="list"),
    at("leads/search/", LeadViews, post="search"),
    at("leads/<int:pk>/", LeadViews, get="retrieve"),
    *(at(f"leads/<int:pk>/{name}/", DecisionViews, post=name) for name in DecisionViews.rights),
    at("failed/", FailedViews, get="list"),
    at("failed/reasons/", FailedViews, get="reasons"),
    at("bulk-retries/", BulkViews, get="list", post="start"),
    at("bulk-retries/plan/", BulkViews, post="plan"),
    at("bulk-retries/<int:pk>/", BulkViews, get="retrieve"),
    at("bulk-retries/<int:pk>/stop/", BulkViews, post="stop"),
    at("imports/", ImportViews, get="list", post="upload"),
    at("imports/<int:pk>/", ImportViews, get="retrieve"),
    at("imports/<int:pk>/columns/", ImportViews, post="columns"),
    at("imports/<int:pk>/dry-run/", ImportViews, post="dry_run"),
    at("imports/<int:pk>/start/", ImportViews, post="start"),
    at("imports/<int:pk>/stop/", ImportViews, post="stop"),
    at("imports/<int:pk>/results/", ImportViews, get="results"),
    at("api-logs/", LogViews, get="list"),
    at("api-logs/<int:pk>/", LogViews, get="retrieve"),
    at("api-calls/", CallViews, get="list"),
    at("api-calls/<int:pk>/", CallViews, get="retrieve"),
    at("sites/", WritableSiteViews, get="list", post="create"),
    at("sites/<int:pk>/", WritableSiteViews, get="retrieve", patch="change"),
    at("sites/<int:pk>/mapping/", MappingViews, get="retrieve", put="replace"),
    at("sites/<int:pk>/mapping/dry-run/", MappingViews, post="dry_run"),
    at("sites/<int:pk>/sources/", SourceViews, get="list", post="create"),
    at("sources/<int:pk>/", SourceViews, get="retrieve", patch="change"),
    at("sources/<int:pk>/show/", SourceViews, post="show"),
    at("sources/<int:pk>/renew/", SourceViews, post="renew"),
    at("sources/<int:pk>/end-old/", SourceViews, post="end_old"),
    at("sources/<int:pk>/revoke/", SourceViews, post="revoke"),
    at("sites/<int:pk>/keys/", KeyViews, get="list", post="create"),
    at("keys/<int:pk>/", KeyViews, get="retrieve"),
    at("keys/<int:pk>/renew/", KeyViews, post="renew"),
    at("keys/<int:pk>/revoke/", KeyViews, post="revoke"),
    at("destinations/", DestinationViews, get="list"),
    at("destinations/<int:pk>/", DestinationViews, get="retrieve"),
    at("destinations/<int:pk>/pause/", DestinationViews, post="pause"),
    at("destinations/<int:pk>/resume/", DestinationViews, post="resume"),
    at("stats/", StatsViews, get="read"),
    at("stats/sales/", StatsViews, get="sales"),
    at("notices/", NoticeViews, get="list"),
    at("outcome-webhooks/", OutcomeWebhookViews, get="list"),
    at("outcome-webhooks/<int:pk>/", OutcomeWebhookViews, get="retrieve"),
    *(
        at(f"outcome-webhooks/<int:pk>/{name}/", OutcomeWebhookViews, post=name)
        for name in ("pause", "resume", "test", "redeliver")
    ),
    at("outcome-messages/", OutcomeMessageViews, get="list"),
    at("outcome-messages/<int:pk>/redeliver/", OutcomeMessageViews, post="redeliver"),
]
SCHEMA = SpectacularJSONAPIView.as_view(
    patterns=OPERATIONS,
    custom_settings={
        "TITLE": "LeadOps operations",
        "DESCRIPTION": "The desk for programs: what staff see and decide, by API token.",
        "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
        "ENUM_NAME_OVERRIDES": {
            "LeadStatus": "leads.models.Lead.Status",
            "BulkRetryState": "leads.models.BulkRetry.State",
            "CrmRecordState": "leads.models.CrmRecord.State",
            "ImportState": "leads.models.LeadImport.State",
            "ImportKind": "leads.models.LeadImport.Kind",
            "ImportOutcome": "leads.models.lead_import.Outcome",
            "NoticeStatus": "notifications.models.Notice.Status",
            "OutcomeStatus": "notifications.models.Message.Status",
            "OutcomeWebhookState": "notifications.models.Endpoint.State",
            "CallKind": "leads.models.ApiCall.Kind",
            "KeyKind": "leads.models.SiteKey.Kind",
        },
    },
)
ops_urls = [
    *OPERATIONS,
    path(f"{BASE}schema.json", SCHEMA, name="ops-schema"),
    path("api/ops/", Elsewhere.as_view()),
    path("api/ops/<path:elsewhere>", Elsewhere.as_view()),
]
