"""The failed table's LeadFilter: read from its address, and drawn as tabs and as a drawer.

The admin's filters here only draw; which rows are shown, `LeadFilter` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.clock import database_now
from leads.criteria import NOBODY, Period, Same, Tab, Tries
from leads.decisions.team.colleagues import colleagues
from leads.desk.kit.lists.filters import OwnerFilter, TestFilter
from leads.desk.kit.lists.keyset import KeysetList
from leads.desk.kit.lists.paging import Mirrored, ReasonFilter, SiteFilter
from leads.desk.kit.search import may_compare
from leads.models.queries.visible import sites_of
from leads.selection import LeadFilter

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class TabPage:
    """How a tab is shown: in which order, and what an empty one says."""

    tab: Tab
    lead_in: StrOrPromise
    order: tuple[str, ...]
    nothing: StrOrPromise

    @property
    def name(self) -> str:
        """What an address calls it."""
        return self.tab.value

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.tab.label)


TABS = {
    page.name: page
    for page in (
        TabPage(
            Tab.FAILED,
            gettext_lazy(
                "Each of these needs a person: retry it, correct it, or enter it by hand."
            ),
            ("-failed_at", "-pk"),
            gettext_lazy("Nothing failed in this view."),
        ),
        TabPage(
            Tab.WAITING,
            gettext_lazy(
                "Not lost: held back for more than 15 minutes by an outage or a pause. "
                "They leave by themselves; Retry sends one now."
            ),
            ("queued_at", "pk"),
            gettext_lazy("Nothing waits in this view."),
        ),
        TabPage(
            Tab.DELIVERED,
            gettext_lazy("These are in Zoho, each as the record that it names."),
            ("-pk",),
            gettext_lazy("Nothing was delivered in this view."),
        ),
        TabPage(
            Tab.INCOMPLETE,
            gettext_lazy(
                "These are in Zoho, but values that were sent are not in their records. Repair "
                "writes them where they are still empty."
            ),
            ("-pk",),
            gettext_lazy("No record in this view lacks a value."),
        ),
        TabPage(
            Tab.ENTERED,
            gettext_lazy("A person typed these into Zoho. They are settled and never sent."),
            ("-pk",),
            gettext_lazy("Nothing was entered by hand in this view."),
        ),
        TabPage(
            Tab.DISCARDED,
            gettext_lazy("Given up by a person, with a reason that the lead's page shows."),
            ("-pk",),
            gettext_lazy("Nothing was discarded in this view."),
        ),
    )
}


def tab_of(request: HttpRequest) -> TabPage:
    """The tab that a request looks at."""
    return TABS.get(request.GET.get("tab", ""), TABS["failed"])


def asked(request: HttpRequest, blank: bool = True) -> LeadFilter:
    """What an address of the table means for the person who asks.

    Its forms send empty fields, which are no choice; without `blank` they are not understood.
    """
    return asked_by(request.user, LeadFilter.parse(request.GET, blank))


def asked_by(user: Any, wanted: LeadFilter) -> LeadFilter:
    """What a filter means for the person who asks, be it on a page or by a program."""
    wanted = replace(wanted.present(user), sites=sites_of(user))
    if wanted.same and not may_compare(wanted.same, user):
        # Whoever finds a lead by an address has seen it: for them, nobody has it.
        return replace(wanted, same=Same(wanted.same.field, 0))
    return wanted


class AssignedFilter(Mirrored):
    """By whose a lead is: one's own first."""

    title = gettext_lazy("assigned to")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Oneself, nobody, and every colleague."""
        own = str(request.user.pk)
        others = [(str(one.pk), str(one)) for one in colleagues() if str(one.pk) != own]
        return [(own, _("Me")), (NOBODY, _("Nobody")), *others]


class TriesFilter(Mirrored):
    """By how many tries the lead itself has used up."""

    title = gettext_lazy("tries")
    parameter_name = "tries"
    offered = Tries.choices


class Days(Mirrored):
    """By the day of the failure: two dates, or a length that ends now."""

    title = gettext_lazy("created")
    parameter_name = "span"
    template = "admin/leads/failed/days.html"
    offered = ((Period.TODAY, gettext_lazy("Today")), (Period.DAY, "24 h"), (Period.WEEK, "7 d"))
    PARAMETERS = ("from", "to")

    def __init__(self, request: HttpRequest, params: dict[str, Any], *rest: Any) -> None:
        super().__init__(request, params, *rest)
        self.used_parameters |= {n: params[n][-1] for n in self.PARAMETERS if n in params}

    def choices(self, changelist: Any) -> Iterator[Any]:
        """A link for each length, which takes the place of dates."""
        dated = any(self.used_parameters.get(name) for name in self.PARAMETERS)
        for period, name in self.offered:
            yield {
                "selected": self.chosen == period and not dated,
                "query_string": changelist.get_query_string({"span": period}, ["from", "to"]),
                "display": name,
            }


DRAWER: tuple[Any, ...] = (
    *(ReasonFilter, OwnerFilter, SiteFilter, AssignedFilter),
    *(Days, TriesFilter, TestFilter),
)
"""What a person chooses; the rest is set by links and by the search."""


class FailedList(KeysetList):
    """The rows of the table's LeadFilter, whatever else its address holds."""

    @property
    def faults(self) -> list[str]:
        """Why the address is not understood."""
        return [self.wanted.refused] if self.wanted.refused else []

    def get_queryset(
        self,
        request: HttpRequest,
        exclude_parameters: list[str | None] | None = None,  # noqa: ARG002 - its caller's signature
    ) -> QuerySet[Any]:
        """The rows, in the order of their tab."""
        self.wanted = asked(request)
        params = dict(self.filter_params)
        self.filter_specs = [one(request, params, self.model, self.model_admin) for one in DRAWER]
        self.has_filters = True
        rows = self.wanted.rows(self.root_queryset, database_now())
        if self.wanted.tab == Tab.INCOMPLETE:
            rows = rows.select_related("incomplete")
        return self.apply_select_related(rows.order_by(*tab_of(request).order))
