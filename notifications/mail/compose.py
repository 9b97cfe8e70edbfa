"""From notices to a mail: subject, text and HTML. Pure: asks no database and no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from leads.models import Lead
from leads.reasons import Reason
from leads.shown.numbers import localised
from leads.shown.sentences import shown
from notifications.digest_counts import Day
from notifications.mail.causes import failed_leads
from notifications.mail.letter import Mail, Sheet, render
from notifications.mail.report import weekly
from notifications.models import Notice
from notifications.wording.events import (
    FAILED_SUBJECT,
    WHOLE,
    Event,
    event,
    failed_since,
    moment,
    reason_of,
)
from notifications.wording.language import language_of
from notifications.wording.links import entry_url, lead_url, table_url
from notifications.wording.values import (
    LONGEST_LABEL,
    Field,
    fields,
    one_line,
    printable,
)

LISTED = 50
"""Leads of one mail that have a line, where more than WHOLE are told of."""
NUMBERED = 500
"""Leads after those that have a link each."""
PLAIN = Sheet()


def compose(
    notices: Sequence[Notice],
    total: int = 1,
    others: Sequence[Notice] = (),
    sheet: Sheet = PLAIN,
) -> Mail:
    """The mail for one notice, or one for several of one kind to one address.

    `notices` come from `Notice.objects.for_mail()`. Up to three failed leads are whole in it;
    of more than 50 the first 50 have a line, `others` a link, and the rest of `total` one link
    to all of them. It speaks the site's language.
    """
    with override(language_of([*notices, *others])):
        return _composed(notices, total, others, sheet)


def _composed(
    notices: Sequence[Notice], total: int, others: Sequence[Notice], sheet: Sheet
) -> Mail:
    total = max(total, len(notices))
    failed = [one for one in notices if one.kind == Notice.Kind.LEAD_FAILED]
    leads = [(notice, notice.lead) for notice in failed if notice.lead]
    if leads and total <= WHOLE:
        return _whole_leads(leads, sheet)
    if leads:
        rest = [*notices[LISTED:], *others][:NUMBERED]
        return failed_leads(leads[:LISTED], total, rest, sheet)
    if notices[0].report is not None:
        return weekly(notices[0], notices[0].report, sheet)
    if notices[0].digest is not None:
        return _digest(notices[0], notices[0].digest, sheet)
    if notices[0].kind == Notice.Kind.CODE:
        return _code(notices[0], sheet)
    return _events(notices[:LISTED], total, sheet)


def bare(notices: Sequence[Notice], total: int = 1, sheet: Sheet = PLAIN) -> Mail:
    """The mail without anything that came from a lead, for when that cannot be written."""
    with override(language_of(notices)):
        items = [
            Event(_("Lead %s") % notice.lead_id, "", lead_url(notice.lead_id))
            for notice in notices[:LISTED]
            if notice.lead_id
        ]
        subject = str(notices[0].get_kind_display())
        if notices[0].kind == Notice.Kind.LEAD_FAILED:
            subject = FAILED_SUBJECT
        intro = _("The details cannot be shown in a mail. Please open them in LeadOps.")
        return _listing(subject, intro, items, max(total, len(notices)), sheet)


def _whole_leads(leads: Sequence[tuple[Notice, Lead]], sheet: Sheet) -> Mail:
    lead = leads[0][1]
    site = one_line(lead.site.name, LONGEST_LABEL)
    named = _("lead %(number)s - %(site)s") % {"number": lead.pk, "site": site}
    if len(leads) > 1:
        named = ngettext("%(count)s lead", "%(count)s leads", len(leads)) % {"count": len(leads)}
    # Those of one cause stand together.
    ordered = sorted(leads, key=lambda one: (one[1].site.name, one[1].reason, one[1].pk))
    context = {
        "title": FAILED_SUBJECT,
        "leads": [_whole(notice, lead, sheet) for notice, lead in ordered],
        "several": len(leads) > 1,
    }
    return render("lead_failed", f"{FAILED_SUBJECT} - {named}", sheet, context)


def _whole(notice: Notice, lead: Lead, sheet: Sheet) -> dict[str, Any]:
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
        "words": printable(shown(lead.reason_text)),
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
        "act_url": sheet.lead_url(notice.site_id, lead.pk),
    }


def _events(notices: Sequence[Notice], total: int, sheet: Sheet) -> Mail:
    items = [event(notice) for notice in notices]
    if total == 1:
        subject, intro = items[0].title, ""
    else:
        subject = _("%(kind)s - %(count)s notices") % {
            "kind": notices[0].get_kind_display(),
            "count": total,
        }
        intro = _("Several things happened before this mail could be sent:")
    return _listing(subject, intro, items, total, sheet)


def _code(notice: Notice, sheet: Sheet) -> Mail:
    title = event(notice).title
    # Looked at later it is shown by nobody: it is in the mail that left alone.
    digits = sheet.code or "······"
    context = {"title": title, "code": f"{digits[:3]} {digits[3:]}"}
    return render("code", title, sheet, context)


def _digest(notice: Notice, day: Day, sheet: Sheet) -> Mail:
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
        "rows": [Field(label, localised(f"{count:,}")) for label, count in shown.items()],
        "reasons": [
            Event(
                share.title,
                localised(f"{share.count:,}"),
                table_url(reason=share.reason, site=day.site_id),
            )
            for share in day.reasons
        ],
        "held": [
            Event(
                one_line(held.site, LONGEST_LABEL),
                localised(f"{held.count:,}"),
                table_url(reason=Reason.QUARANTINED, site=held.site_id),
            )
            for held in day.held
        ],
        "oldest": oldest and failed_since(oldest),
        "url": table_url(site=day.site_id),
    }
    return render("digest", title, sheet, context)


def _listing(subject: str, intro: str, items: Sequence[Event], total: int, sheet: Sheet) -> Mail:
    context = {
        "title": subject,
        "intro": intro,
        "items": items,
        "more": max(0, total - len(items)),
        "url": table_url(),
    }
    return render("listing", subject, sheet, context)
