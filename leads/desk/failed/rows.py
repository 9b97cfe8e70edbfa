"""The rows of the failed table. Fifty of them are most of the page, so no template draws them.

Addresses are relative to the table's own, and what a style can say stands in no attribute.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from leads.desk.kit.lists.neighbours import KEPT
from leads.models import Lead
from leads.reasons import Reason, Remedy

BOX = "action_checkbox"
"""Django's name of the column with the boxes to tick."""
ACTION = "action"
"""The column of the buttons: only here it is known where they lead back to."""
TICK = mark_safe('<td class="action-checkbox">{}</td>')
CORRECTED = mark_safe(' <span class="corrected">corrected</span>')
SEND_ANYWAY = mark_safe(
    '<button class="soft" data-lead-action formaction="{0}/send-anyway/"'
    ' aria-label="Send anyway lead {0}">Send anyway</button>'
)
EDIT = mark_safe(
    '<a class="soft" href="{0}/correct/?{1}" aria-label="Edit and retry lead {0}">Edit</a>'
)
UPDATE = mark_safe(
    '<button class="soft" data-lead-action formaction="{0}/update-existing/"'
    ' aria-label="Update the existing record with lead {0}">Update</button>'
)
BY_HAND = mark_safe(
    '<a class="soft" href="{0}/change/#by-hand" aria-label="By hand: enter lead {0}">By hand</a>'
)
CHOOSE = mark_safe(
    '<a class="soft" href="{0}/change/#choose" aria-label="Choose for lead {0}">Choose</a>'
)
RELEASE = mark_safe(
    '<button class="soft" data-retry formaction="{0}/release/"'
    ' aria-label="Release lead {0}">Release</button>'
)
RETRY = mark_safe(
    '<button class="soft" data-retry formaction="{0}/retry/"'
    ' aria-label="Retry lead {0}">Retry</button>'
)
LEAD_ACTIONS = {
    Remedy.SEND_ANYWAY: SEND_ANYWAY + RETRY,
    Remedy.CORRECT: EDIT + RETRY,
    Remedy.UPDATE: UPDATE + RETRY,
    Remedy.ENTER: BY_HAND + RETRY,
    Remedy.RELEASE: RELEASE,
    Remedy.CHOOSE: CHOOSE + RETRY,
}
"""What a row offers for a remedy, `{0}` being the lead, `{1}` what the list was narrowed to; for
any other only Retry.
That a retry beside another remedy changes nothing by itself, table.js says once for all rows.
"""


def columns(cl: Any) -> list[tuple[str, str]]:
    """Name and heading of each column but that of the boxes."""
    names = [str(name) for name in cl.list_display if name != BOX]
    return [(name, getattr(cl.model_admin, name).short_description) for name in names]


def rows(cl: Any) -> Iterator[SafeString]:
    """The leads of a page of the list, a table row each."""
    kept = f"?{cl.preserved_filters}" if cl.preserved_filters else ""
    box = BOX in cl.list_display
    shown = [
        (name, getattr(cl.model_admin, name)) for name, _heading in columns(cl) if name != "number"
    ]
    there = cl.preserved_filters or f"{KEPT}="
    for lead in cl.result_list:
        cells = (
            (name, lead_actions(lead, there) if name == ACTION else cell(lead))
            for name, cell in shown
        )
        yield format_html(
            "<tr>{}{}{}</tr>\n",
            format_html(TICK, cl.model_admin.action_checkbox(lead)) if box else "",
            number(lead, kept),
            format_html_join("", '<td class="field-{}">{}</td>', cells),
        )


def number(lead: Lead, kept: str) -> SafeString:
    """The lead's id, which leads to its page; what the list was narrowed to goes along."""
    return format_html(
        '<th class="field-number"><a href="{0}/change/{1}">{0}</a>{2}</th>',
        lead.pk,
        kept,
        CORRECTED if lead.revision else "",
    )


def lead_actions(lead: Lead, kept: str = "") -> SafeString:
    """The remedy that helps most, and Retry. The menu beside them is made by table.js."""
    known = lead.status == Lead.Status.FAILED and Reason.knows(lead.reason)
    remedy = Reason(lead.reason).about.remedy if known else Remedy.RETRY
    if remedy == Remedy.UPDATE and not lead.can_update:
        remedy = Remedy.ENTER
    buttons = format_html(LEAD_ACTIONS.get(remedy, RETRY), lead.pk, kept)
    return format_html('<span class="row-actions" data-lead="{}">{}</span>', lead.pk, buttons)
