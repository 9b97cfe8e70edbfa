"""Leads: every one, the failed table with its reasons, a search, and one with its timeline."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews, page, read
from leadops.api.describe import FILTER, PAGING, of, operation
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import (
    Described,
    LeadSerializer,
    WholeLeadSerializer,
    paged,
    shown,
    whole,
)
from leadops.api.problems import invalid
from leads.clock import database_now
from leads.counters.of_sites import read_for
from leads.criteria import CRITERIA, NotUnderstood, present, understood
from leads.desk.failed.filters import TABS, asked_by
from leads.desk.find import MOST, look
from leads.desk.kit.lists.paging import CAP
from leads.models import Lead
from leads.models.queries.visible import sites_of
from leads.reasons import Reason
from leads.search.typed import Typed
from leads.selection import LeadFilter

EVERY = right(Scope.LEADS, "leads.view_lead")
FAILED = right(Scope.LEADS, "leads.view_failedlead")
ALL_LEADS = ("site", "reason", "owner", "bulk", "test")
"""What all leads are narrowed by, each by an index, beside their status."""
LeadPage = paged(LeadSerializer)


class SearchSerializer(serializers.Serializer[Any]):
    """What is looked for: in a body, because no address holds a person."""

    q = serializers.CharField(max_length=200)


class ReasonCountSerializer(Described):
    """One reason among failed leads, and what to do about it."""

    code = serializers.CharField()
    title = serializers.CharField()
    owner = serializers.CharField()
    remedy = serializers.CharField()
    means = serializers.CharField()
    advice = serializers.CharField()
    count = serializers.IntegerField()


class ReasonsSerializer(Described):
    """The reasons of failed leads, the most frequent first."""

    results = ReasonCountSerializer(many=True)
    complete = serializers.BooleanField(
        help_text="False where only the first 10,000 leads of what was asked for were counted."
    )


def leads_for(user: Any) -> QuerySet[Lead]:
    """Those that the account may see, without their large columns."""
    rows = Lead.objects.visible_to(user).select_related("site", "assignment__user")
    return rows.defer("body", "data")


def lead_for(user: Any, pk: int) -> Lead:
    """One that the account may see. Raises Http404."""
    lead = Lead.objects.visible_to(user).select_related("site").defer("body").filter(pk=pk).first()
    if lead is None:
        raise Http404
    return lead


def filter_of(query: Any, user: Any) -> LeadFilter:
    """A LeadFilter, as far as the account may see. Raises Problem where it is not understood."""
    names = {name: query[name] for name in query if name not in ("after", "limit")}
    wanted = asked_by(user, LeadFilter.parse(names))
    if wanted.refused:
        raise invalid(wanted.refused)
    return wanted


class LeadViews(OpsViews):
    """Leads, whatever became of them."""

    rights = {"list": EVERY, "retrieve": EVERY, "search": EVERY}

    @operation(
        "list_leads",
        "Every lead, the newest first",
        LeadPage,
        query=[
            of("status", {"type": "string", "enum": Lead.Status.values}),
            *(one for one in FILTER if one.name in ALL_LEADS),
            *PAGING,
        ],
    )
    def list(self, request: Request) -> Response:
        """A page."""
        rows, query = leads_for(request.user), request.query_params
        for name in ALL_LEADS:
            if name in query:
                rows = rows.filter(_where(name, query[name], request.user))
        if "reason" in query:  # said, so that SQLite sees that the partial index on reasons fits
            rows = rows.exclude(reason="")
        if "status" in query:
            if query["status"] not in Lead.Status.values:
                raise invalid("“status” is not understood.", {"status": "no status"})
            rows = rows.filter(status=query["status"])
        order = order_of(query, request.user)
        return page(request, rows, order, lambda found: shown(found, request.user))

    @operation(
        "get_lead", "One lead with its data and timeline", WholeLeadSerializer, refuses=(404,)
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """The lead."""
        return Response(whole(lead_for(request.user, pk), request.user))

    @operation(
        "search_leads",
        "Find leads by number, reference, e-mail, phone, name or text",
        LeadPage,
        takes=SearchSerializer,
    )
    def search(self, request: Request) -> Response:
        """The newest fifty; who may not see personal data finds by number and reference alone."""
        typed = Typed.read(read(SearchSerializer, request)["q"])
        exact, found = look(typed, request.user)
        pks = list(dict.fromkeys([*exact, *found.pks]))[:MOST]
        leads = leads_for(request.user).in_bulk(pks)
        ordered = [leads[pk] for pk in pks if pk in leads]
        return Response({"results": shown(ordered, request.user), "next": None})


def order_of(query: Any, user: Any) -> list[str]:
    """The newest first: of one site along the index on when its leads came in.

    By their numbers, all newer leads of the others would be read to find those of a quiet one.
    """
    one_site = "site" in query or len(sites_of(user) or ()) == 1
    return ["-received_at", "-pk"] if one_site else ["-pk"]


def _where(name: str, text: str, user: Any) -> Any:
    try:
        value = present(name, understood(name, text), user)
    except NotUnderstood as fault:
        raise invalid(str(fault), {name: str(fault)}) from None
    where = CRITERIA[name].where
    assert where  # noqa: S101 - all of ALL_LEADS have one
    return where(value)


class FailedViews(OpsViews):
    """The failed table, and its other tabs."""

    rights = {"list": FAILED, "reasons": FAILED}

    @operation(
        "list_failed",
        "The failed table: the same filters, tabs and order as on its page",
        LeadPage,
        query=[*FILTER, *PAGING],
    )
    def list(self, request: Request) -> Response:
        """A page of it."""
        wanted = filter_of(request.query_params, request.user)
        rows = wanted.rows(leads_for(request.user), database_now())
        order = TABS[wanted.tab.value].order
        return page(request, rows, order, lambda found: shown(found, request.user))

    @operation(
        "list_reasons",
        "Why leads have failed: reasons with counts and remedies",
        ReasonsSerializer,
        query=FILTER,
    )
    def reasons(self, request: Request) -> Response:
        """The counts, and the words of the reasons."""
        counts, whole = counted(filter_of(request.query_params, request.user), request.user)
        known = [(Reason(code), n) for code, n in counts.items() if n > 0 and Reason.knows(code)]
        known.sort(key=lambda one: (-one[1], one[0]))
        results = [_described(reason, n) for reason, n in known]
        return Response({"results": results, "complete": whole})


def counted(wanted: LeadFilter, user: Any) -> tuple[Counter[str], bool]:
    """Leads by reason, and whether these are all of them: the work is bounded, however many are.

    Of the whole table the counters say it, as above the table of the desk; they know no test leads.
    What is narrowed is counted on its first page of `CAP` leads.
    """
    if wanted == LeadFilter(sites=wanted.sites):
        return Counter(dict(read_for(user).reasons(Lead.Status.FAILED))), True
    rows = wanted.rows(Lead.objects.visible_to(user), database_now())
    ordered = rows.order_by(*TABS[wanted.tab.value].order)
    found = list(ordered.values_list("reason", flat=True)[: CAP + 1])
    return Counter(found[:CAP]), len(found) <= CAP


def _described(reason: Reason, count: int) -> dict[str, Any]:
    about = reason.about
    return {
        "code": reason.value,
        "title": str(reason.label),
        "owner": about.owner.value,
        "remedy": about.remedy.value,
        "means": str(about.means),
        "advice": str(about.advice),
        "count": count,
    }
