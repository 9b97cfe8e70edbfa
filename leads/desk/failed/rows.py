"""The rows of the failed table. Fifty of them are most of the page, so no template draws them.

Addresses are relative to the table's own, and what a style can say stands in no attribute.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from leads.desk.kit.lists.neighbours import KEPT
from leads.desk.lead.actions import ASKS
from leads.models import Lead
from leads.reasons import Reason, Remedy

BOX = "action_checkbox"
"""Django's name of the column with the boxes to tick."""
ACTION = "action"
"""The column of the buttons: only here it is known where they lead back to."""
CORRECTED = mark_safe(' <span class="corrected">{}</span>')
LABELLED = ("assigned", "tries", "received")
"""Columns that only some have chosen: on a phone, where no heading stands over it, a cell of theirs
says what it is."""
TICK = mark_safe('<td class="action-checkbox">{}</td>')


def _link(href: str, label: str, words: str) -> str:
    return f'<a href="{{0}}/{href}" aria-label="{label}">{words}</a>'


def _press(way: str, label: str, words: str, data: str = "data-lead-action") -> str:
    return f'<button {data} formaction="{{0}}/{way}" aria-label="{label}">{words}</button>'


@cache
def offers(language: str) -> dict[str, SafeString]:
    """What a row offers for each remedy, `{0}` being the lead, `{1}` what the list was narrowed to.

    A retry beside another remedy changes nothing by itself: its address asks, and table.js says so
    before.
    """
    with override(language):
        again = _press("retry/", _("Retry lead {0}"), _("Retry"), "data-retry")
        as_is = _press(f"retry/?{ASKS}", _("Retry lead {0}"), _("Retry"), "data-retry")
        first = {
            Remedy.SEND_ANYWAY: _press("send-anyway/", _("Send anyway lead {0}"), _("Send anyway")),
            Remedy.CORRECT: _link("correct/?{1}", _("Edit and retry lead {0}"), _("Edit")),
            Remedy.UPDATE: _press(
                "update-existing/", _("Update the existing record with lead {0}"), _("Update")
            ),
            Remedy.ENTER: _link("change/#by-hand", _("By hand: enter lead {0}"), _("By hand")),
            Remedy.CHOOSE: _link("change/#choose", _("Choose for lead {0}"), _("Choose")),
        }
        release = _press("release/", _("Release lead {0}"), _("Release"), "data-retry")
        alone = {Remedy.RELEASE: release, Remedy.RETRY: again}
        both = {
            remedy: words + (again if remedy is Remedy.ENTER else as_is)
            for remedy, words in first.items()
        }
        return {
            remedy: mark_safe(words)  # noqa: S308 - ours alone; what is a lead's comes in later
            for remedy, words in (both | alone).items()
        }


def columns(cl: Any) -> list[tuple[str, str]]:
    """Name and heading of each column but that of the boxes."""
    names = [str(name) for name in cl.list_display if name != BOX]
    return [(name, getattr(cl.model_admin, name).short_description) for name in names]


def rows(cl: Any) -> Iterator[SafeString]:
    """The leads of a page of the list, a table row each."""
    kept = f"?{cl.preserved_filters}" if cl.preserved_filters else ""
    box = BOX in cl.list_display
    # That of the usual ones would be said fifty times a page to nobody.
    said = LABELLED if "created" in cl.list_display else LABELLED[:2]
    shown = [
        (_classed(name, heading if name in said else ""), name, getattr(cl.model_admin, name))
        for name, heading in columns(cl)
        if name != "number"
    ]
    there = cl.preserved_filters or KEPT
    for lead in cl.result_list:
        cells = (
            (classed, lead_actions(lead, there) if name == ACTION else cell(lead))
            for classed, name, cell in shown
        )
        yield format_html(
            "<tr>{}{}{}</tr>\n",
            format_html(TICK, cl.model_admin.action_checkbox(lead)) if box else "",
            number(lead, kept),
            format_html_join("", "<td {}>{}</td>", cells),
        )


def _classed(name: str, label: str) -> SafeString:
    """The attributes of a column's cells."""
    named = format_html('class="field-{}"', name)
    return format_html('{} data-label="{}"', named, label) if label else named


def number(lead: Lead, kept: str) -> SafeString:
    """The lead's id, which leads to its page; what the list was narrowed to goes along."""
    return format_html(
        '<th class="field-number"><a href="{0}/change/{1}">{0}</a>{2}</th>',
        lead.pk,
        kept,
        format_html(CORRECTED, _("corrected")) if lead.revision else "",
    )


def lead_actions(lead: Lead, kept: str = "") -> SafeString:
    """The remedy that helps most, and Retry. The menu beside them is made by table.js."""
    known = lead.status == Lead.Status.FAILED and Reason.knows(lead.reason)
    remedy = Reason(lead.reason).about.remedy if known else Remedy.RETRY
    if remedy == Remedy.UPDATE and not lead.can_update:
        remedy = Remedy.ENTER
    offered = offers(get_language() or "en")
    buttons = format_html(offered.get(remedy, offered[Remedy.RETRY]), lead.pk, kept)
    return format_html('<span class="row-actions" data-lead="{}">{}</span>', lead.pk, buttons)
