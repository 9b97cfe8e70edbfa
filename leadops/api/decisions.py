"""What programs decide about a lead: the desk's own decisions, in the name of an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews, deciding, read
from leadops.api.describe import operation
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import StateSerializer, as_state
from leadops.api.leads import lead_for
from leadops.api.problems import conflict, invalid
from leads.clock import database_now
from leads.data import changed, filled_in, has_name
from leads.decisions import settle, undo
from leads.decisions.correct import correct
from leads.decisions.retry import held_for, release, retry, send_anyway, update_existing
from leads.decisions.team.assign import assign, unassign
from leads.decisions.team.colleagues import colleagues
from leads.decisions.team.comment import add_comment
from leads.desk.kit.masking import PERMISSION as PERSONAL
from leads.desk.lead.actions import PERMISSIONS
from leads.desk.lead.forms import nameless_words
from leads.desk.lead.team.assign import PERMISSION as ASSIGN
from leads.desk.lead.team.comment import PERMISSION as COMMENT
from leads.intake.rules import Names
from leads.models import Lead, LeadEvent

Kind = LeadEvent.Kind
SEES = "leads.view_lead"
Flow = Callable[[QuerySet[Lead]], int]
LONGEST_NOTE = 500
MOST_FIELDS = 500


class Nothing(serializers.Serializer[Any]):
    """An empty object: the address says it all."""


class CorrectSerializer(serializers.Serializer[Any]):
    """A correction of the revision that was seen."""

    revision = serializers.IntegerField(
        min_value=0, max_value=32_767, help_text="The revision that was corrected; else 409."
    )
    fields = serializers.DictField(  # type: ignore[assignment]  # a field here, a property of every serializer
        child=serializers.JSONField(allow_null=True),
        help_text="What becomes of single fields: a value, or null to leave one out.",
    )


class EnterSerializer(serializers.Serializer[Any]):
    """That the revision that was seen stands in the CRM by hand."""

    revision = serializers.IntegerField(min_value=0, max_value=32_767)
    zoho_id = serializers.RegexField(r"\A[0-9]*\Z", max_length=40, default="", allow_blank=True)


class NoteSerializer(serializers.Serializer[Any]):
    """A text for people; `@` and a login name tells that colleague."""

    note = serializers.CharField(max_length=LONGEST_NOTE)


class AssignSerializer(serializers.Serializer[Any]):
    """Whose the lead becomes."""

    user = serializers.CharField(
        max_length=150, allow_null=True, help_text="A login name; null for nobody's."
    )


def again(name: str, summary: str, decision: Any) -> Any:
    """The operation of a decision that sends the lead again; how, `leads.decisions.retry` says."""

    @operation(name, summary, StateSerializer, takes=Nothing, refuses=(404,), once=True)
    @deciding
    def act(_views: DecisionViews, request: Request, pk: int) -> Response:
        read(Nothing, request)
        user = request.user
        return decide(request, pk, lambda leads: decision(leads, user, hold_for=held_for()))

    return act


def acts(kind: str) -> Any:
    """What it takes to decide a thing: what it takes at the desk, and the scope."""
    return right(Scope.ACT, SEES, PERMISSIONS[kind])


class DecisionViews(OpsViews):
    """Decisions about one lead. Each answers where the lead stands then."""

    rights = {
        "retry": acts(Kind.RETRIED),
        "send_anyway": acts(Kind.SENT_ANYWAY),
        "update_existing": acts(Kind.UPDATED),
        "release": acts(Kind.RELEASED),
        "enter": acts(Kind.ENTERED),
        "discard": acts(Kind.DISCARDED),
        "correct": right(Scope.ACT, SEES, PERSONAL, PERMISSIONS[Kind.CORRECTED]),
        "assign": right(Scope.ACT, SEES, ASSIGN),
        "note": right(Scope.ACT, SEES, COMMENT),
        "undo": right(Scope.ACT, SEES),
    }

    retry = again("retry_lead", "Send a failed lead again, or a waiting one now", retry)
    send_anyway = again("send_anyway", "Send past the duplicate rule", send_anyway)
    update_existing = again("update_existing", "Write over the record in the way", update_existing)
    release = again("release_lead", "Send what looks like spam and is none", release)

    @operation(
        "correct_lead",
        "Correct fields, and send the lead again",
        StateSerializer,
        takes=CorrectSerializer,
        refuses=(404, 409),
        once=True,
    )
    @deciding
    def correct(self, request: Request, pk: int) -> Response:
        """A new revision; 409 where somebody was faster, or the lead is settled."""
        given, lead = read(CorrectSerializer, request), lead_for(request.user, pk)
        before = lead.current_data()
        fields = {**before, **given["fields"]}
        after = changed(
            before, {n: v for n, v in fields.items() if v is not None}, filled_in(before)
        )
        if len(after) > MOST_FIELDS:
            raise invalid(f"A lead has {MOST_FIELDS} fields at most.")
        if not (has_name(after) or Names().are_made(lead.site, after)):
            raise invalid(nameless_words(lead.site), {"contact_name": "missing"})
        done = correct(pk, after, request.user, held_for(), given["revision"])
        if done is None:
            raise stale(lead)
        return Response(as_state(Lead.objects.get(pk=pk), True))

    @operation(
        "enter_lead",
        "Mark a lead as entered by hand",
        StateSerializer,
        takes=EnterSerializer,
        refuses=(404, 409),
        once=True,
    )
    @deciding
    def enter(self, request: Request, pk: int) -> Response:
        """Settled by a person; 409 where it is no longer what was typed in."""
        given, lead = read(EnterSerializer, request), lead_for(request.user, pk)
        mine = Lead.objects.filter(pk=pk, revision=given["revision"])
        if not settle.enter(mine, request.user, given["zoho_id"]):
            raise stale(lead)
        return Response(as_state(Lead.objects.get(pk=pk), True))

    @operation(
        "discard_lead",
        "Give a lead up",
        StateSerializer,
        takes=NoteSerializer,
        refuses=(404,),
        once=True,
    )
    @deciding
    def discard(self, request: Request, pk: int) -> Response:
        """Given up, with the reason why."""
        note, user = read(NoteSerializer, request)["note"], request.user
        return decide(request, pk, lambda leads: settle.discard(leads, user, note))

    @operation(
        "assign_lead",
        "Give a lead to a colleague, or to nobody",
        StateSerializer,
        takes=AssignSerializer,
        refuses=(404,),
        once=True,
    )
    @deciding
    def assign(self, request: Request, pk: int) -> Response:
        """Whose it is; a colleague who may not see the lead is nobody."""
        name, lead = read(AssignSerializer, request)["user"], lead_for(request.user, pk)
        user = request.user
        if name is None:
            return decide(request, pk, lambda leads: unassign(leads, user))
        whom = colleagues(lead.site_id).filter(username=name).first()
        if whom is None:
            raise invalid("Nobody of that name may see the lead.", {"user": "unknown"})
        return decide(request, pk, lambda leads: assign(leads, whom, user))

    @operation(
        "note_lead",
        "Say something of a lead",
        StateSerializer,
        takes=NoteSerializer,
        refuses=(404,),
        once=True,
    )
    @deciding
    def note(self, request: Request, pk: int) -> Response:
        """A comment in its timeline."""
        note, lead = read(NoteSerializer, request)["note"], lead_for(request.user, pk)
        add_comment(lead, request.user, note)
        return Response(as_state(lead, True))

    @operation(
        "undo_decision",
        "Take the last decision back, while nothing came of it",
        StateSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def undo(self, request: Request, pk: int) -> Response:
        """What it was before; only of what the account may decide."""
        read(Nothing, request)
        lead = lead_for(request.user, pk)
        decision = undo.undoable(lead, database_now())
        if decision is not None:
            acts(decision.kind).demand(request.auth, request.user)
        done = decision is not None and undo.undo(decision, request.user)
        return Response(as_state(Lead.objects.get(pk=pk), done))


def decide(request: Request, pk: int, flow: Flow) -> Response:
    """Decide about a lead that the account may see; whether that changed anything is answered."""
    lead_for(request.user, pk)
    with transaction.atomic():
        done = bool(flow(Lead.objects.filter(pk=pk)))
    return Response(as_state(Lead.objects.defer("body", "data").get(pk=pk), done))


def stale(lead: Lead) -> Exception:
    """Why a decision about a revision came too late."""
    lead.refresh_from_db(fields=["status", "revision"])
    return conflict(f"It is {lead.status} with revision {lead.revision} by now: read it again.")
