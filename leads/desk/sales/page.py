"""`/admin/sales/`: what became of a span's leads, by campaign, source, both or site; as CSV too."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.counters.overview import WORDS
from leads.counters.sales.read import GROUPS, Sales, SalesLine, Sold, sales
from leads.desk.dashboard import ranges, series
from leads.desk.failed.export import BOM
from leads.desk.kit.amounts import exact, in_words
from leads.desk.kit.masking import may_see
from leads.desk.kit.permissions import demand
from leads.models import CrmRecord
from leads.models.queries.visible import sites_of
from leads.shown.cells import safe

PERMISSION = "leads.view_figure"
DEFAULT = "90d"
MOST = 50
"""Lines that the page shows; the file has up to 200 and more."""
COUNTS = ("leads", "delivered", "converted", "won")


class Chosen(NamedTuple):
    """What was asked for."""

    range: str
    by: str

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Chosen:
        """From a query or a form; what is not known there is the usual."""
        wanted, by = asked.get("range", ""), asked.get("by", "")
        return cls(
            wanted if wanted in series.RANGES else DEFAULT, by if by in GROUPS else GROUPS[0]
        )

    def read(self, request: HttpRequest, by: str = "") -> Sales:
        """What the account may see of it."""
        own = sites_of(request.user)
        span, _past = ranges.spans(self.range, database_now())
        return sales(span, by or self.by, None if own is None else sorted(own))


def sales_page(request: HttpRequest) -> TemplateResponse:
    """The page; of the user's sites. Raises PermissionDenied."""
    demand(request, PERMISSION)
    chosen = Chosen.of(request.GET)
    found = chosen.read(request)
    words = WORDS[chosen.by]
    others = merged(str(words.every_other), found.lines[MOST:])
    lines = [*found.lines[:MOST], *others, *found.rest]
    span, _past = ranges.spans(chosen.range, database_now())
    user = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("What became of the leads"),
        "chosen": chosen,
        "span": ranges.words_of(span),
        "ranges": series.RANGES.items(),
        "groups": [(name, WORDS[name].title) for name in GROUPS],
        "heading": words.heading,
        "lines": [_line(line) for line in lines],
        "total": _line(found.total._replace(name=_("All leads"))),
        "is_read": bool(found.total.sold) or CrmRecord.objects.visible_to(user).exists(),
        "may_export": user.has_perm("leads.export_lead") and may_see(user),
        "may_set_up": user.has_perm("leads.view_destination"),
    }
    return TemplateResponse(request, "admin/leads/sales/page.html", context)


def merged(name: str, lines: Sequence[SalesLine]) -> list[SalesLine]:
    """All of these as one line; none of none."""
    if not lines:
        return []
    first, *others = lines
    leads, sold = first.leads, first.sold
    for line in others:
        leads, sold = leads + line.leads, sold + line.sold
    return [SalesLine("", name, leads, sold)]


def _line(line: SalesLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "leads": line.leads.received,
        "delivered": line.leads.delivered,
        "converted": line.sold.converted,
        "won": line.sold.won,
        "amounts": [in_words(one.thousandths, code) for code, one in line.sold.amounts.items()],
    }


# --- As a file ------------------------------------------------------------------------------


def download(request: HttpRequest) -> HttpResponse:
    """`/admin/sales.csv`: every line of every group, with a pair of columns for each currency."""
    demand(request, PERMISSION)
    chosen = Chosen.of(request.GET)
    found = [chosen.read(request, by) for by in GROUPS]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"sales-{chosen.range}-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response.write(BOM)
    csv.writer(response, quoting=csv.QUOTE_ALL).writerows(rows(found))
    return response


def rows(groups: list[Sales]) -> Iterator[list[str]]:
    """A line of names, the whole, then each group; the sums of each are the whole's."""
    total = groups[0].total
    lines = [line for one in groups for line in [*one.lines, *one.rest]]
    codes = sorted({code for line in [total, *lines] for code in line.sold.amounts})
    named = [code or "without currency" for code in codes]
    money = [f"{what} {code}" for code in named for what in ("won", "amount")]
    yield ["by", "value", *COUNTS, *money]
    yield ["all", "", *_numbers(total, codes)]
    for one in groups:
        for line in [*one.lines, *one.rest]:
            yield [one.dimension, safe(line.name), *_numbers(line, codes)]


def _numbers(line: SalesLine, codes: list[str]) -> list[str]:
    counts = _line(line)
    return [str(counts[name]) for name in COUNTS] + _money(line.sold, codes)


def _money(sold: Sold, codes: list[str]) -> list[str]:
    pairs = [sold.of(code) for code in codes]
    return [text for one in pairs for text in (str(one.won), exact(one.thousandths))]
