"""Lists over tables of millions of rows: counts that stop counting, filters that do not look."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.criteria import CRITERIA, NotUnderstood, code, present, understood
from leads.desk.kit.generics import ModelAdmin, Paginator
from leads.desk.kit.lists.keyset import KeysetList
from leads.models import Site
from leads.reasons import ABOUT, Owner, Reason
from leads.shown.numbers import localised
from leads.store import database

CAP = 10_000


def capped_count(rows: QuerySet[Any], cap: int = CAP) -> int:
    """How many rows there are, counted no further than one beyond `cap`."""
    return rows.order_by()[: cap + 1].count()


def shown_count(count: int, cap: int = CAP) -> str:
    """A capped count in words: 1,534 or 10,000+."""
    return localised(f"{cap:,}+" if count > cap else f"{count:,}")


class CappedPaginator(Paginator[Any]):
    """Counts to 10,000 and no further."""

    @cached_property
    def count(self) -> int:
        """The number of rows; 10,001 means more than 10,000."""
        rows: Any = self.object_list
        return capped_count(rows)


class EstimatedPaginator(CappedPaginator):
    """Of a whole table of millions of rows says about how many there are."""

    @cached_property
    def about(self) -> int:
        """PostgreSQL's own estimate, kept by its housekeeping; 0 where there is none."""
        rows: Any = self.object_list
        return 0 if rows.query.where else database.estimated_rows(rows.model._meta.db_table)

    @cached_property
    def count(self) -> int:
        """The number of rows: estimated where it is beyond the cap, else counted."""
        return self.about if self.about > CAP else capped_count(self.object_list)  # type: ignore[arg-type]  # a list is counted by its own length


class Choice(admin.SimpleListFilter):
    """A filter that is drawn as one select in the row above the table."""

    template = "admin/leads/kit/filter.html"
    chosen: Any = None
    """Its value; None where nothing is chosen, or nothing that is understood."""
    fault = ""
    """Why the value is not understood; then the list has no rows."""

    def __init__(self, request: HttpRequest, params: dict[str, Any], *rest: Any) -> None:
        self.user = request.user
        given = params.get(str(self.parameter_name), [])
        super().__init__(request, params, *rest)
        if len(given) > 1:
            self.fault = _("“%(parameter_name)s” is there more than once.") % {
                "parameter_name": self.parameter_name
            }
        elif text := self.value():
            try:
                self.chosen = self.read(text)
            except NotUnderstood as fault:
                self.fault = str(fault)

    def read(self, text: str) -> Any:
        """The value that a text means, one of those offered. Raises NotUnderstood."""
        if text not in (str(value) for value, _title in self.lookup_choices):
            raise NotUnderstood(
                _("“%(parameter_name)s=%(text)s” is not understood.")
                % {"parameter_name": self.parameter_name, "text": code(text)}
            )
        return text

    def has_output(self) -> bool:
        """Always: a filter without output would lose its own parameter."""
        return True

    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The choices under their headings; one group without a heading here."""
        return [("", [(str(value), str(title)) for value, title in self.lookup_choices])]


class Exact(Choice):
    """By the value of one column, out of a closed list."""

    column = ""
    offered: Sequence[tuple[Any, Any]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every value there is."""
        return [(str(value), label) for value, label in self.offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows with the chosen value."""
        return queryset if self.chosen is None else queryset.filter(**{self.column: self.chosen})


class Mirrored(Choice):
    """A criterion of the failed table, for every list: `parameter_name` is its name."""

    offered: Sequence[tuple[str, Any]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What is offered."""
        return list(self.offered)

    def read(self, text: str) -> Any:
        """As it is read everywhere."""
        name = str(self.parameter_name)
        return present(name, understood(name, text), self.user)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that it means."""
        where = CRITERIA[str(self.parameter_name)].where
        return (
            queryset.filter(where(self.chosen)) if where and self.chosen is not None else queryset
        )


class Quiet(Mirrored):
    """One that a link sets: nothing is drawn, and it is said in words above the list."""

    template = "admin/leads/kit/no_filter.html"

    def words(self) -> str:
        """What the list is filtered by."""
        if self.chosen is None:
            return ""
        return CRITERIA[str(self.parameter_name)].words(self.chosen)


class ReasonFilter(Mirrored):
    """By reason, from the closed list: nothing is looked up."""

    title = gettext_lazy("reason")
    parameter_name = "reason"
    offered = Reason.choices

    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The reasons under who must act."""
        return [
            (
                str(owner.label),
                [(str(r.value), str(r.label)) for r in Reason if ABOUT[r].owner == owner],
            )
            for owner in Owner
        ]


class SiteFilter(Mirrored):
    """By site: as many choices as there are sites, read from their own small table."""

    title = gettext_lazy("site")
    parameter_name = "site"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every site that the user may see, the first thousand by name."""
        seen = Site.objects.visible_to(request.user)
        sites = seen.order_by("name").values_list("pk", "name")[:1000]
        return [(str(pk), name) for pk, name in sites]


class ReadOnly(ModelAdmin[Any]):
    """Rows that nobody adds, edits or deletes by hand; settings for tables of any size."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 200
    actions: Any = []
    date_hierarchy = None
    page_template = ""
    """Of the page of one row; without one it is Django's form, with nothing to edit."""

    @property
    def media(self) -> forms.Media:
        """Django's scripts (290 KB) only where a list has actions or a row has Django's form."""
        return super().media if self.actions or not self.page_template else forms.Media()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetList]:
        """Pages by key."""
        return KeysetList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; 400 where its address asks for something that is not understood."""
        answer = super().changelist_view(request, extra_context)
        shown = (getattr(answer, "context_data", None) or {}).get("cl")
        if shown and shown.faults:
            answer.status_code = 400
        return answer

    def filtered(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of these rows that the list of this address holds, without its page and counts."""
        params = {name: request.GET.getlist(name) for name in request.GET}
        for made in self.get_list_filter(request):
            one: Any = made
            spec = one(request, params, self.model, self)
            rows = rows.none() if spec.fault else spec.queryset(request, rows)
        if term := request.GET.get("q", ""):
            rows, _repeats = self.get_search_results(request, rows, term)
        return rows

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one row."""
        if not self.page_template:
            return super().change_view(request, object_id, form_url, extra_context)
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            return gone(self, request, object_id)
        context = self.admin_site.each_context(request) | {"title": str(row), "opts": self.opts}
        context |= self.row_context(request, row)
        return TemplateResponse(request, self.page_template, context)

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:  # noqa: ARG002 - the protocol's signature
        """What the page of one row shows beside its title."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


def gone(page: ReadOnly, request: HttpRequest, object_id: str) -> HttpResponse:
    """To the list, with a word, when there is no such row."""
    opts = page.opts
    words = _("There is no %(kind)s %(number)s.")
    messages.warning(request, words % {"kind": opts.verbose_name, "number": object_id[:40]})
    return HttpResponseRedirect(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"))
