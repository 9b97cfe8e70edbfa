"""Filters that figures link to, so that a list holds exactly the rows that a figure counted."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from leads.criteria import Span, within
from leads.desk.kit.lists.paging import Mirrored, Quiet
from leads.desk.kit.lists.spans import between
from leads.models import ApiLog
from leads.reasons import Owner


class OwnerFilter(Mirrored):
    """By who must act."""

    title = _("who must act")
    parameter_name = "owner"
    offered = Owner.choices


class TestFilter(Quiet):
    """Without the test leads, which no figure counts, or only them."""

    title = _("test leads")
    parameter_name = "test"
    template = Mirrored.template
    offered = (("no", _("Without")), ("only", _("Only test leads")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of counted leads, or of test leads."""
        if queryset.model is ApiLog and self.chosen is not None:
            return queryset.filter(lead__is_test=self.chosen)
        return super().queryset(request, queryset)


class SpanFilter(Quiet):
    """From one moment until before another: `at=1763800200-1763803800`, in Unix seconds.

    Either side may be empty. Seconds mean the same in every time zone, so a link can be passed on.
    """

    title = _("time")
    parameter_name = "at"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of that time."""
        span = self.chosen or Span(None, None)
        if queryset.model is ApiLog:
            return between(queryset, *span)
        return queryset.filter(within("received_at", *span))


class OfBulk(Quiet):
    """The leads of one bulk retry: `bulk=12`."""

    title = _("bulk retry")
    parameter_name = "bulk"
