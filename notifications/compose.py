"""From notices to a mail: subject, text and HTML. Pure: asks no database and no clock.

Leads hold whatever strangers typed. Every value passes `printable` on its way into a mail, so
no lead can break a header, forge a line or turn text round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.models import Lead
from leads.reasons import Reason
from notifications.models import Notice

# The words that people's mail rules look for. What follows them is joined with plain hyphens:
# a subject that is not ASCII is encoded as a whole, and no rule would find the words in it.
FAILED_SUBJECT = "ERROR 13002 with sending lead to zoho"
LISTED = 50
LONGEST_VALUE = 5_000
LONGEST_LABEL = 100
LONGEST_SUBJECT = 200
MOST_FIELDS = 1_000
DEEPEST_INDENT = 10

# Zoho's entry form, from top to bottom.
ENTRY_FORM = {
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "contact_name": gettext_lazy("Name as sent"),
    "company": gettext_lazy("Company"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "street": gettext_lazy("Street"),
    "city": gettext_lazy("City"),
    "state": gettext_lazy("State"),
    "zip": gettext_lazy("ZIP code"),
    "country": gettext_lazy("Country"),
    "message": gettext_lazy("Message"),
}

# Control characters, lone surrogates and line separators cannot be mailed; the explicit
# directions (U+202A–202E, U+2066–2069) can, but turn a phone number round. Left-to-right and
# right-to-left marks stay: Arabic and Hebrew need them.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


class Mail(NamedTuple):
    """What is sent, apart from who to."""

    subject: str
    text: str
    html: str


class Field(NamedTuple):
    """One line of the table that a person types into Zoho."""

    label: str
    value: str

    @property
    def indented(self) -> str:
        """The value for plain text: no line of it can be taken for a label."""
        if "\n" not in self.value:
            return f" {self.value}"
        return "".join(f"\n    {line}" if line else "\n" for line in self.value.split("\n"))


class Item(NamedTuple):
    """One of several things that a mail names."""

    title: str
    detail: str
    url: str


def compose(notices: Sequence[Notice], total: int = 1) -> Mail:
    """The mail for one notice, or one for several of one kind to one address.

    `notices` come from `Notice.objects.for_mail()`; of more than 50 the first 50 are named.
    `total` is how many the mail speaks for.
    """
    if len(notices) == 1 and notices[0].lead:
        return _failed_lead(notices[0], notices[0].lead)
    if notices[0].lead:
        return _failed_leads(notices[:LISTED], max(total, len(notices)))
    return _events(notices[:LISTED], max(total, len(notices)))


def bare(notices: Sequence[Notice], total: int = 1) -> Mail:
    """The mail without anything that came from a lead, for when that cannot be written."""
    items = [
        Item(_("Lead %s") % notice.lead_id, "", _lead_url(notice.lead_id))
        for notice in notices[:LISTED]
        if notice.lead_id
    ]
    subject = str(notices[0].get_kind_display())
    if notices[0].kind == Notice.Kind.LEAD_FAILED:
        subject = FAILED_SUBJECT
    intro = _("The details cannot be shown in a mail. Please open them in LeadOps.")
    return _listing(subject, subject, intro, items, max(total, len(notices)) - len(items))


def fields(data: dict[str, Any]) -> list[Field]:
    """A lead's data as a person types it into Zoho, the rest in alphabetical order.

    Empty values are left out; of more than 1,000 fields the first 1,000 are shown.
    """
    data = {**data, **_name_parts(data)}
    ordered = [name for name in ENTRY_FORM if name in data]
    ordered += sorted(name for name in data if name not in ENTRY_FORM)
    filled = [name for name in ordered if data[name] not in (None, "", [], {})]
    shown = [Field(_label(name), value_text(data[name])) for name in filled[:MOST_FIELDS]]
    if len(filled) > MOST_FIELDS:
        more = _("%s more fields are on the lead's page.") % (len(filled) - MOST_FIELDS)
        shown.append(Field("…", more))
    return shown


def value_text(value: Any) -> str:
    """Any JSON value as text to read: nested ones as an indented list, long ones clipped."""
    text = value if isinstance(value, str) else "\n".join(_outline(value))
    if len(text) <= LONGEST_VALUE:
        return printable(text)
    clipped = _("(clipped: %(shown)s of %(all)s characters, the rest is on the lead's page)")
    numbers = {"shown": f"{LONGEST_VALUE:,}", "all": f"{len(text):,}"}
    return f"{printable(text[:LONGEST_VALUE])}… {clipped % numbers}"


def printable(text: str) -> str:
    """The text with every character that a mail cannot carry shown as its number, [U+0000]."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def one_line(text: str, longest: int) -> str:
    """The printable text on one line of at most so many characters."""
    line = re.sub(r"\s+", " ", printable(text[: 2 * longest])).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _name_parts(data: dict[str, Any]) -> dict[str, str]:
    """First and last name for Zoho's two fields, where the site sent the name as one."""
    name = data.get("contact_name")
    if not isinstance(name, str) or data.get("last_name") or data.get("first_name"):
        return {}
    *first, last = name.split() or [""]
    return {"first_name": " ".join(first), "last_name": last}


def _label(name: str) -> str:
    if name in ENTRY_FORM:
        return str(ENTRY_FORM[name])
    return one_line(name, LONGEST_LABEL) or "?"


def _outline(value: Any) -> Iterator[str]:
    """The lines of a nested value. Walks a stack, so no depth is too deep."""
    stack: list[tuple[int, str, Any]] = [(0, "", value)]
    while stack:
        depth, label, item = stack.pop()
        indent = "    " * min(depth, DEEPEST_INDENT)
        if isinstance(item, dict | list) and item:
            if label:
                yield f"{indent}{label}"
            pairs: list[tuple[str, Any]] = (
                [(f"{key}:", inner) for key, inner in item.items()]
                if isinstance(item, dict)
                else [("-", inner) for inner in item]
            )
            inner_depth = depth + bool(label)
            stack += [(inner_depth, key, inner) for key, inner in reversed(pairs)]
        else:
            plain = _plain(item).replace("\n", f"\n{indent}    ")
            yield f"{indent}{label} {plain}".rstrip(" ") if label else plain


def _plain(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return _("yes") if value else _("no")
        case None | [] | {}:
            return "–"
    try:
        return str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return _("(a number too long to show)")


def _failed_lead(notice: Notice, lead: Lead) -> Mail:
    # A notice that is looked at later may speak of a lead that has moved on.
    reason = lead.reason or notice.reason
    about = Reason(reason).about if reason in Reason.values else None
    site = one_line(lead.site.name, LONGEST_LABEL)
    context = {
        "title": FAILED_SUBJECT,
        "reason": printable(Reason.title_of(reason, one_line(lead.reason_field, LONGEST_LABEL))),
        "means": about.means if about else "",
        "advice": about.advice if about else "",
        "words": printable(lead.reason_text),
        "fields": fields(lead.current_data()),
        "facts": [
            Field(_("Lead"), str(lead.pk)),
            Field(_("API log id"), str(notice.log_id or "–")),
            Field(_("Site"), site),
            Field(_("Received"), _moment(lead.received_at)),
            Field(_("Status"), str(lead.get_status_display())),
        ],
        "url": _lead_url(lead.pk),
        "help_url": _help_url(),
    }
    subject = f"{FAILED_SUBJECT} - lead {lead.pk} - {site}"
    return _render("lead_failed", subject, context)


def _failed_leads(notices: Sequence[Notice], total: int) -> Mail:
    items = [
        Item(
            _("Lead %s") % notice.lead.pk,
            " · ".join(
                filter(
                    None,
                    (
                        one_line(notice.lead.who, LONGEST_SUBJECT),
                        one_line(notice.lead.reason_title, LONGEST_SUBJECT),
                        one_line(notice.lead.site.name, LONGEST_LABEL),
                        _moment(notice.lead.received_at),
                    ),
                )
            ),
            _lead_url(notice.lead.pk),
        )
        for notice in notices
        if notice.lead
    ]
    intro = _("These leads are not in Zoho. Each link shows the whole lead, why, and what to do.")
    subject = f"{FAILED_SUBJECT} - {total} leads"
    return _listing(subject, FAILED_SUBJECT, intro, items, total - len(items))


def _events(notices: Sequence[Notice], total: int) -> Mail:
    items = [_event(notice) for notice in notices]
    if total == 1:
        subject, intro = items[0].title, ""
    else:
        subject = _("%(kind)s - %(count)s notices") % {
            "kind": notices[0].get_kind_display(),
            "count": total,
        }
        intro = _("Several things happened before this mail could be sent:")
    return _listing(subject, subject, intro, items, total - len(items))


def _event(notice: Notice) -> Item:
    where = one_line(str(notice.site or notice.destination or "LeadOps"), LONGEST_LABEL)
    since = _moment(notice.created_at)
    if notice.kind == Notice.Kind.LEADS_WAITING:
        waiting = ngettext(
            "%(count)s lead is waiting to be sent to Zoho - %(where)s",
            "%(count)s leads are waiting to be sent to Zoho - %(where)s",
            notice.count,
        ) % {"count": notice.count, "where": where}
        advice = _(
            "They have waited for more than 15 minutes (%s). They are safe and leave by "
            "themselves when Zoho answers again; what is urgent can be entered by hand."
        )
        return Item(waiting, advice % since, _table_url())
    if notice.kind == Notice.Kind.QUIET:
        return _silence(notice, where)
    if notice.kind == Notice.Kind.PAUSED:
        return Item(
            _("Sending to Zoho is paused - %s") % where,
            " ".join(filter(None, (f"{since}:", *_why(notice.reason), _("No lead is lost.")))),
            _admin_url(),
        )
    return Item(
        _("Sending to Zoho goes on - %s") % where,
        _("Since %s. The leads that waited are on their way.") % since,
        _admin_url(),
    )


def _silence(notice: Notice, where: str) -> Item:
    site = notice.site
    since = site.quiet_since if site and site.quiet_since else notice.created_at
    advice = _(
        "None since %s, and that is too long for this site. Look whether its form still works: "
        "fill it in, and see whether the lead arrives."
    )
    url = settings.PUBLIC_URL + reverse("admin:leads_site_change", args=[notice.site_id])
    return Item(_("No leads are coming in - %s") % where, advice % _moment(since), url)


def _why(reason: str) -> tuple[str, ...]:
    if reason not in Reason.values:
        return (printable(reason),)
    about = Reason(reason).about
    return (f"{Reason.title_of(reason)}.", str(about.means), str(about.advice))


def _listing(subject: str, title: str, intro: str, items: Sequence[Item], more: int) -> Mail:
    context = {
        "title": title,
        "intro": intro,
        "items": items,
        "more": max(0, more),
        "url": _table_url(),
        "help_url": _help_url(),
    }
    return _render("listing", subject, context)


def _render(name: str, subject: str, context: dict[str, Any]) -> Mail:
    return Mail(
        one_line(subject, LONGEST_SUBJECT),
        render_to_string(f"notifications/{name}.txt", context).strip() + "\n",
        render_to_string(f"notifications/{name}.html", context),
    )


def _moment(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M %Z")


def _lead_url(lead_id: int | None) -> str:
    return settings.PUBLIC_URL + reverse("admin:leads_failedlead_change", args=[lead_id])


def _table_url() -> str:
    return settings.PUBLIC_URL + reverse("admin:leads_failedlead_changelist")


def _admin_url() -> str:
    return settings.PUBLIC_URL + reverse("admin:index")


def _help_url() -> str:
    return f"{settings.PUBLIC_URL}/help/13002/"
