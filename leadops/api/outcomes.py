"""Outcome webhooks and what they were sent: how they do, switching them, delivering again."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews, deciding, page, read
from leadops.api.decisions import Nothing
from leadops.api.describe import PAGING, of, operation
from leadops.api.evidence import WHOLE_NUMBER, number, one_of
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described, paged
from leadops.api.places import columns
from leadops.api.problems import invalid
from leads.clock import database_now
from leads.desk.kit.history import attribute
from notifications.models import Endpoint, Event, Message
from notifications.models.endpoint import TEST
from notifications.outcomes import switch
from notifications.outcomes.write import write_test
from notifications.tasks import wake_notices

SEES = "notifications.view_endpoint"
SENT = "notifications.view_message"
REDELIVERS = "notifications.redeliver_message"
ENDPOINT = ("name", "host", "events", "personal_data", "state", "error")
MOMENTS = ("rests_until", "tried_at", "worked_at", "created_at")
MESSAGE = ("event", "lead_status", "reason", "zoho_id", "status", "tries", "answer", "error")
TIMES = ("created_at", "due_at", "sent_at")


class OutcomeWebhookSerializer(Described):
    """A program that is told what became of a site's leads. Its address is not shown."""

    id = serializers.IntegerField()
    site = serializers.IntegerField()
    name = serializers.CharField()
    host = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(Event.choices))
    personal_data = serializers.BooleanField()
    state = serializers.ChoiceField(Endpoint.State.choices)
    error = serializers.CharField(help_text="Of the last call; empty where it arrived.")
    rests_until = serializers.DateTimeField(allow_null=True)
    tried_at = serializers.DateTimeField(allow_null=True)
    worked_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class OutcomeMessageSerializer(Described):
    """One event of one lead for one webhook. No personal data."""

    id = serializers.IntegerField()
    webhook = serializers.IntegerField()
    lead = serializers.IntegerField(allow_null=True)
    event = serializers.CharField()
    lead_status = serializers.CharField()
    reason = serializers.CharField(help_text="A code; empty for none.")
    zoho_id = serializers.CharField()
    status = serializers.ChoiceField(Message.Status.choices)
    tries = serializers.IntegerField()
    answer = serializers.IntegerField(allow_null=True, help_text="HTTP")
    error = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="When it happened.")
    due_at = serializers.DateTimeField(allow_null=True, help_text="The next try.")
    sent_at = serializers.DateTimeField(allow_null=True)


class RedeliveredSerializer(Described):
    """What a redelivery did."""

    count = serializers.IntegerField(help_text="Messages that are owed once more.")


class OutcomeWebhookViews(OpsViews):
    """Outcome webhooks by age."""

    rights = {
        "list": right(Scope.ADMINISTER, SEES),
        "retrieve": right(Scope.ADMINISTER, SEES),
        "pause": right(Scope.ADMINISTER, SEES, "notifications.change_endpoint"),
        "resume": right(Scope.ADMINISTER, SEES, "notifications.change_endpoint"),
        "test": right(Scope.ADMINISTER, SEES, "notifications.test_endpoint"),
        "redeliver": right(Scope.ADMINISTER, SEES, REDELIVERS),
    }

    @operation(
        "list_outcome_webhooks",
        "Outcome webhooks",
        paged(OutcomeWebhookSerializer),
        query=[of("site", WHOLE_NUMBER), *PAGING],
    )
    def list(self, request: Request) -> Response:
        """A page."""
        rows = seen(request)
        if "site" in request.query_params:
            rows = rows.filter(site=number(request, "site"))
        return page(request, rows, ["pk"], lambda found: [as_webhook(one) for one in found])

    @operation(
        "get_outcome_webhook",
        "An outcome webhook, and how it does",
        OutcomeWebhookSerializer,
        refuses=(404,),
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """Whether it works."""
        return Response(as_webhook(one_of(seen(request), pk)))

    @operation(
        "pause_outcome_webhook",
        "Have what happens wait for it",
        OutcomeWebhookSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def pause(self, request: Request, pk: int) -> Response:
        """Nothing is sent from now on."""
        return self._switch(request, pk, on=False)

    @operation(
        "resume_outcome_webhook",
        "Let it be told again",
        OutcomeWebhookSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def resume(self, request: Request, pk: int) -> Response:
        """What waits leaves at once."""
        return self._switch(request, pk, on=True)

    def _switch(self, request: Request, pk: int, on: bool) -> Response:
        read(Nothing, request)
        endpoint = one_of(seen(request), pk)
        if switch.switch(endpoint, on, database_now()):
            attribute(endpoint, request.user, "Switched on." if on else "Paused.")
            wake_notices()
        return Response(as_webhook(one_of(seen(request), pk)))

    @operation(
        "test_outcome_webhook",
        "Send a test event",
        OutcomeMessageSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def test(self, request: Request, pk: int) -> Response:
        """It is tried once; the message says what became of it."""
        read(Nothing, request)
        message = write_test(one_of(seen(request), pk), database_now())
        wake_notices()
        return Response(as_message(message))

    @operation(
        "redeliver_failed_outcomes",
        "Deliver all that was given up again",
        RedeliveredSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def redeliver(self, request: Request, pk: int) -> Response:
        """Each under its old id."""
        read(Nothing, request)
        endpoint = one_of(seen(request), pk)
        count = switch.redeliver_failed(endpoint, database_now())
        attribute(endpoint, request.user, f"Had {count} failed messages delivered again.")
        wake_notices()
        return Response({"count": count})


class OutcomeMessageViews(OpsViews):
    """What outcome webhooks were sent, the newest first."""

    rights = {
        "list": right(Scope.LEADS, SENT),
        "redeliver": right(Scope.ADMINISTER, SENT, REDELIVERS),
    }

    @operation(
        "list_outcome_messages",
        "What outcome webhooks were sent",
        paged(OutcomeMessageSerializer),
        query=[
            of("webhook", WHOLE_NUMBER),
            of("lead", WHOLE_NUMBER),
            of("status", {"type": "string", "enum": Message.Status.values}),
            of("event", {"type": "string", "enum": [*Event.values, TEST]}),
            *PAGING,
        ],
    )
    def list(self, request: Request) -> Response:
        """A page."""
        rows = Message.objects.visible_to(request.user)
        for name, column in (("webhook", "endpoint"), ("lead", "lead")):
            if name in request.query_params:
                rows = rows.filter(**{column: number(request, name)})
        for name, known in (("status", Message.Status.values), ("event", [*Event.values, TEST])):
            if value := request.query_params.get(name):
                if value not in known:
                    raise invalid(f"“{name}” is not understood.", {name: "none of the list"})
                rows = rows.filter(**{name: value})
        return page(request, rows, ["-pk"], lambda found: [as_message(one) for one in found])

    @operation(
        "redeliver_outcome_message",
        "Deliver it again",
        OutcomeMessageSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def redeliver(self, request: Request, pk: int) -> Response:
        """Under its old id, whether it had arrived or not."""
        read(Nothing, request)
        rows = Message.objects.visible_to(request.user)
        message = one_of(rows, pk)
        switch.redeliver(rows.filter(pk=pk), database_now())
        attribute(message, request.user, "Delivered again")
        wake_notices()
        return Response(as_message(one_of(rows, pk)))


def seen(request: Request) -> Any:
    """The webhooks of the token's sites."""
    return Endpoint.objects.visible_to(request.user).without_secrets()


def as_webhook(endpoint: Endpoint) -> dict[str, Any]:
    """A webhook, without its address."""
    return columns(endpoint, (*ENDPOINT, *MOMENTS)) | {"site": endpoint.site_id}


def as_message(message: Message) -> dict[str, Any]:
    """A message; one that is settled has no next try."""
    of_whom = {"webhook": message.endpoint_id, "lead": message.lead_id}
    found = columns(message, (*MESSAGE, *TIMES)) | of_whom
    return found if message.status == Message.Status.PENDING else found | {"due_at": None}
