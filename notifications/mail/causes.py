"""A mail about many failed leads, by what keeps them out of Zoho. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Lead
from leads.reasons import Reason
from notifications.mail.letter import Mail, Sheet, render
from notifications.models import Notice
from notifications.wording.events import FAILED_SUBJECT, Event, moment, reason_of
from notifications.wording.links import lead_url, table_of, table_url
from notifications.wording.values import (
    LONGEST_LABEL,
    LONGEST_LINE,
    Field,
    one_line,
    value_text,
)

LONGEST_MESSAGE = 300
"""Of fifty messages more would be cut off by Gmail, and the rest of the mail with it."""


@dataclass(frozen=True)
class Line:
    """A failed lead among many."""

    event: Event
    contact: list[Field]
    """Name, telephone number, address and message, where its site wants them told."""


@dataclass
class Cause:
    """What keeps leads of one site out of Zoho, and these leads."""

    site_id: int | None
    reason: str
    site: str = ""
    lines: list[Line] = field(default_factory=list)
    named: list[tuple[int | None, str]] = field(default_factory=list)
    """Those that are told by their number alone."""
    act_url: str = ""

    @property
    def title(self) -> str:
        """The reason in words."""
        return Reason.title_of(self.reason) if self.reason else str(_("Other reasons"))

    @property
    def where(self) -> str:
        """The site, and how many leads of it the mail names here."""
        count = len(self.lines) + len(self.named)
        leads = ngettext("%d lead", "%d leads", count) % count
        return " · ".join(part for part in (self.site, leads) if part)

    @property
    def advice(self) -> str:
        """What to do about it."""
        return str(Reason(self.reason).about.advice) if self.reason in Reason.values else ""

    @property
    def url(self) -> str:
        """The table, narrowed to this."""
        return table_url(reason=self.reason, site=self.site_id)


def by_cause(
    told: Iterable[tuple[Notice, Lead]], others: Iterable[Notice], sheet: Sheet
) -> list[Cause]:
    """The leads in groups, the largest first; in each as they failed."""
    causes: dict[tuple[int | None, str], Cause] = {}

    def of(notice: Notice, reason: str) -> Cause:
        key = (notice.site_id, reason)
        cause = causes.setdefault(
            key, Cause(*key, act_url=sheet.links.get(notice.site_id or 0, ""))
        )
        cause.site = cause.site or one_line(notice.site.name if notice.site else "", LONGEST_LABEL)
        return cause

    for notice, lead in told:
        # A notice that is looked at later may speak of a lead that has moved on.
        of(notice, lead.reason or notice.reason).lines.append(line(notice, lead, sheet))
    for other in others:
        url = sheet.lead_url(other.site_id, other.lead_id) or lead_url(other.lead_id)
        of(other, other.reason).named.append((other.lead_id, url))
    return sorted(causes.values(), key=lambda one: -len(one.lines) - len(one.named))


def line(notice: Notice, lead: Lead, sheet: Sheet) -> Line:
    """A lead in a line, or with how to reach its person where its site wants that."""
    whole = lead.site.mail_details
    parts = (
        "" if whole else one_line(lead.who, LONGEST_LINE),
        # Its heading tells the reason, and the field is the lead's own.
        reason_of(lead) if lead.reason_field else "",
        moment(lead.received_at),
    )
    url = sheet.lead_url(notice.site_id, lead.pk) or lead_url(lead.pk)
    event = Event(_("Lead %s") % lead.pk, " · ".join(part for part in parts if part), url)
    return Line(event, contact(lead) if whole else [])


def contact(lead: Lead) -> list[Field]:
    """Who wrote, how to reach them and what they want; a line each, without what is empty."""
    message = value_text(lead.current_data().get("message") or "")
    found = {
        _("Name"): one_line(lead.name, LONGEST_LINE),
        _("Phone"): one_line(lead.phone, LONGEST_LINE),
        _("E-mail"): one_line(lead.email, LONGEST_LINE),
        _("Message"): one_line(message, LONGEST_MESSAGE),
    }
    return [Field(label, text) for label, text in found.items() if text]


def failed_leads(
    told: Sequence[tuple[Notice, Lead]], total: int, others: Sequence[Notice], sheet: Sheet
) -> Mail:
    """The mail: by cause the leads that have a line, then those that have a number."""
    seen = [*(notice for notice, _lead in told), *others]
    only = [*sheet.links.values()] if len({notice.site_id for notice in seen}) == 1 else []
    context = {
        "title": FAILED_SUBJECT,
        "intro": _(
            "These leads are not in Zoho. Each link shows the whole lead, why, and what to do."
        ),
        "causes": by_cause(told, others, sheet),
        "act_url": only[0] if only else "",
        "more": max(0, total - len(seen)),
        "all_url": table_of(seen) if len(seen) == total else table_url(),
    }
    return render("failed_leads", f"{FAILED_SUBJECT} - {total} leads", sheet, context)
