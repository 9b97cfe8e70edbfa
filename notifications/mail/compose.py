"""From notices to a mail: subject, text and HTML. Pure: asks no database and no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from leads.models import Lead
from leads.reasons import Reason
from notifications.digest_counts import Day
from notifications.models import Notice
from notifications.wording.events import (
    FAILED_SUBJECT,
    WHOLE,
    Event,
    event,
    failed_lead,
    failed_since,
    moment,
    reason_of,
)
from notifications.wording.links import entry_url, help_url, lead_url, table_of, table_url
from notifications.wording.values import (
    LONGEST_LABEL,
    LONGEST_LINE,
    Field,
    fields,
    one_line,
    printable,
)

LISTED = 50
"""Leads of one mail that have a line, where more than WHOLE are told of."""
NUMBERED = 500
"""Leads after those that have a link each."""


class Mail(NamedTuple):
    """What is sent, apart from who to."""

    subject: str
    text: str
    html: str


def compose(notices: Sequence[Notice], total: int = 1, others: Sequence[Notice] = ()) -> Mail:
    """The mail for one notice, or one for several of one kind to one address.

    `notices` come from `Notice.objects.for_mail()`. Up to three failed leads are whole in it;
    of more than 50 the first 50 have a line, `others` a link, and the rest of `total` one link
    to all of them.
    """
    total = max(total, len(notices))
    leads = [(notice, notice.lead) for notice in notices if notice.lead]
    if leads and total <= WHOLE:
        return _whole_leads(leads)
    if leads:
        return _failed_leads(leads[:LISTED], total, [*notices[LISTED:], *others][:NUMBERED])
    if notices[0].digest is not None:
        return _digest(notices[0], notices[0].digest)
    return _events(notices[:LISTED], total)


def bare(notices: Sequence[Notice], total: int = 1) -> Mail:
    """The mail without anything that came from a lead, for when that cannot be written."""
    items = [
        Event(_("Lead %s") % notice.lead_id, "", lead_url(notice.lead_id))
        for notice in notices[:LISTED]
        if notice.lead_id
    ]
    subject = str(notices[0].get_kind_display())
    if notices[0].kind == Notice.Kind.LEAD_FAILED:
        subject = FAILED_SUBJECT
    intro = _("The details cannot be shown in a mail. Please open them in LeadOps.")
    return _listing(subject, subject, intro, items, max(total, len(notices)))


def _whole_leads(leads: Sequence[tuple[Notice, Lead]]) -> Mail:
    lead = leads[0][1]
    site = one_line(lead.site.name, LONGEST_LABEL)
    named = f"lead {lead.pk} - {site}" if len(leads) == 1 else f"{len(leads)} leads"
    context = {
        "title": FAILED_SUBJECT,
        "leads": [_whole(notice, lead) for notice, lead in leads],
        "several": len(leads) > 1,
        "help_url": help_url(),
    }
    return _render("lead_failed", f"{FAILED_SUBJECT} - {named}", context)


def _whole(notice: Notice, lead: Lead) -> dict[str, Any]:
    # A notice that is looked at later may speak of a lead that has moved on.
    reason = lead.reason or notice.reason
    about = Reason(reason).about if reason in Reason.values else None
    site = one_line(lead.site.name, LONGEST_LABEL)
    return {
        "number": lead.pk,
        "site": site,
        "reason": reason_of(lead, otherwise=notice.reason),
        "means": about.means if about else "",
        "advice": about.advice if about else "",
        "words": printable(lead.reason_text),
        "fields": fields(lead.current_data()),
        "facts": [
            Field(_("Lead"), str(lead.pk)),
            Field(_("API log id"), str(notice.log_id or "–")),
            Field(_("Site"), site),
            Field(_("Received"), moment(lead.received_at)),
            Field(_("Status"), str(lead.get_status_display())),
        ],
        "url": lead_url(lead.pk),
        "entry_url": entry_url(lead.pk),
    }


def _failed_leads(
    leads: Sequence[tuple[Notice, Lead]], total: int, others: Sequence[Notice]
) -> Mail:
    items = [failed_lead(lead) for _notice, lead in leads]
    intro = _("These leads are not in Zoho. Each link shows the whole lead, why, and what to do.")
    named = [(other.lead_id, lead_url(other.lead_id)) for other in others]
    seen = [*(notice for notice, _lead in leads), *others]
    url = table_of(seen) if len(seen) == total else table_url()
    subject = f"{FAILED_SUBJECT} - {total} leads"
    return _listing(subject, FAILED_SUBJECT, intro, items, total, named, url)


def _events(notices: Sequence[Notice], total: int) -> Mail:
    items = [event(notice) for notice in notices]
    if total == 1:
        subject, intro = items[0].title, ""
    else:
        subject = _("%(kind)s - %(count)s notices") % {
            "kind": notices[0].get_kind_display(),
            "count": total,
        }
        intro = _("Several things happened before this mail could be sent:")
    return _listing(subject, subject, intro, items, total)


def _digest(notice: Notice, day: Day) -> Mail:
    title = event(notice).title
    shown = {
        _("Leads received"): day.received,
        _("Delivered to Zoho"): day.leads[Lead.Status.DELIVERED],
        _("Entered by hand"): day.leads[Lead.Status.ENTERED],
        _("Discarded"): day.leads[Lead.Status.DISCARDED],
        _("Failed"): day.leads[Lead.Status.FAILED],
        _("Still on their way"): day.open,
        _("Failed now, from all days"): day.failed,
        _("Waiting for more than 15 minutes now"): day.waiting,
    }
    oldest = day.oldest
    context = {
        "title": title,
        "since": moment(day.since),
        "until": moment(day.until),
        "rows": [Field(label, f"{count:,}") for label, count in shown.items()],
        "reasons": [
            Event(share.title, f"{share.count:,}", table_url(reason=share.reason, site=day.site_id))
            for share in day.reasons
        ],
        "held": [
            Event(
                one_line(held.site, LONGEST_LABEL),
                f"{held.count:,}",
                table_url(reason=Reason.QUARANTINED, site=held.site_id),
            )
            for held in day.held
        ],
        "oldest": oldest and failed_since(oldest),
        "url": table_url(site=day.site_id),
        "help_url": help_url(),
    }
    return _render("digest", title, context)


def _listing(
    subject: str,
    title: str,
    intro: str,
    items: Sequence[Event],
    total: int,
    named: Sequence[tuple[int | None, str]] = (),
    url: str = "",
) -> Mail:
    context = {
        "title": title,
        "intro": intro,
        "items": items,
        "named": named,
        "more": max(0, total - len(items) - len(named)),
        "all_url": url,
        "url": url or table_url(),
        "help_url": help_url(),
    }
    return _render("listing", subject, context)


def _render(name: str, subject: str, context: dict[str, Any]) -> Mail:
    return Mail(
        one_line(subject, LONGEST_LINE),
        render_to_string(f"notifications/{name}.txt", context).strip() + "\n",
        render_to_string(f"notifications/{name}.html", context),
    )
