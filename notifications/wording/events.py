"""What happened, in a title, a sentence and a link: the same for mails and channels. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Lead
from leads.reasons import Reason
from leads.shown.numbers import localised
from notifications.models import Notice
from notifications.wording.links import admin_url, lead_url, site_url, table_url
from notifications.wording.values import LONGEST_LABEL, LONGEST_LINE, one_line, printable

# The words that people's mail rules look for. What follows them is joined with plain hyphens:
# a subject that is not ASCII is encoded as a whole, and no rule would find the words in it.
FAILED_SUBJECT = "ERROR 13002 with sending lead to zoho"
WHOLE = 3
"""Failed leads that are told whole in one message; of more, each has a line."""


class Event(NamedTuple):
    """One of the things that a notice names."""

    title: str
    detail: str
    url: str


def event(notice: Notice) -> Event:
    """What a notice without a lead says."""
    return WORDS[Notice.Kind(notice.kind)](notice)


def failed_lead(lead: Lead, personal: bool = True) -> Event:
    """A failed lead in one line; without `personal` nothing of the person is in it."""
    parts = (
        one_line(lead.who, LONGEST_LINE) if personal else "",
        reason_of(lead) if personal else Reason.title_of(lead.reason),
        one_line(lead.site.name, LONGEST_LABEL),
        moment(lead.received_at),
    )
    detail = " · ".join(part for part in parts if part)
    return Event(_("Lead %s") % lead.pk, detail, lead_url(lead.pk))


def failed_since(lead: Lead) -> Event:
    """A failed lead by its number and since when."""
    since = moment(lead.failed_at) if lead.failed_at else "–"
    return Event(_("Lead %s") % lead.pk, _("failed since %s") % since, lead_url(lead.pk))


def reason_of(lead: Lead, otherwise: str = "") -> str:
    """Why the lead failed, with the guilty field, on one line."""
    reason, field = lead.reason or otherwise, one_line(lead.reason_field, LONGEST_LABEL)
    return one_line(Reason.title_of(reason, field), LONGEST_LINE) if reason else ""


def moment(at: datetime) -> str:
    """A time as people read it, in the installation's zone, which is named."""
    return timezone.localtime(at).strftime(_("%Y-%m-%d %H:%M %Z"))


def where(notice: Notice) -> str:
    """The site or the destination that it is about."""
    return one_line(str(notice.site or notice.destination or "LeadOps"), LONGEST_LABEL)


def _waiting(notice: Notice) -> Event:
    title = ngettext(
        "%(count)s lead is waiting to be sent to Zoho - %(where)s",
        "%(count)s leads are waiting to be sent to Zoho - %(where)s",
        notice.count,
    ) % {"count": notice.count, "where": where(notice)}
    advice = _(
        "They have waited for more than 15 minutes (%s). They are safe and leave by "
        "themselves when Zoho answers again; what is urgent can be entered by hand."
    )
    return Event(title, advice % moment(notice.created_at), table_url(tab="waiting"))


def _paused(notice: Notice) -> Event:
    since = f"{moment(notice.created_at)}:"
    detail = " ".join(part for part in (since, *_why(notice.reason), _("No lead is lost.")) if part)
    return Event(_("Sending to Zoho is paused - %s") % where(notice), detail, admin_url())


def _resumed(notice: Notice) -> Event:
    since = _("Since %s. The leads that waited are on their way.") % moment(notice.created_at)
    title = _("Sending to Zoho goes on - %s") % where(notice)
    return Event(title, f"{since} {_left(notice)}".rstrip(), table_url(site=notice.site_id))


def _resolved(notice: Notice) -> Event:
    title = _("No new failures - %(where)s - %(reason)s") % {
        "where": where(notice),
        "reason": notice.reason_title,
    }
    calm = _("No lead has failed for this reason for half an hour.")
    url = table_url(reason=notice.reason, site=notice.site_id)
    return Event(title, f"{calm} {_left(notice)}".rstrip(), url)


def _quiet(notice: Notice) -> Event:
    site = notice.site
    since = site.quiet_since if site and site.quiet_since else notice.created_at
    advice = _(
        "None since %s, and that is too long for this site. Look whether its form still works: "
        "fill it in, and see whether the lead arrives."
    )
    title = _("No leads are coming in - %s") % where(notice)
    return Event(title, advice % moment(since), site_url(notice.site_id or 0))


def _drift(notice: Notice) -> Event:
    advice = _(
        "Values that no longer fit go to Description. Look at the field mapping of the sites, and "
        "run the set-up check."
    )
    said = one_line(notice.text, LONGEST_TEXT)
    return Event(_("Fields changed in Zoho - %s") % where(notice), f"{said} {advice}", admin_url())


def _other_address(notice: Notice) -> Event:
    advice = _(
        "All leads of this destination and the client's secret go there. If nobody meant that, "
        "connect it anew at once, and make a new client secret at Zoho."
    )
    title = _("Zoho was connected at another address - %s") % where(notice)
    return Event(title, f"{one_line(notice.text, LONGEST_TEXT)} {advice}", admin_url())


def _incomplete(notice: Notice) -> Event:
    title = ngettext(
        "%(count)s lead is incomplete in Zoho - %(where)s",
        "%(count)s leads are incomplete in Zoho - %(where)s",
        notice.count,
    ) % {"count": notice.count, "where": where(notice)}
    advice = _(
        "The records are there, but values that were sent are not in them. Repair puts them back."
    )
    said = one_line(notice.text, LONGEST_TEXT)
    url = table_url(tab="incomplete", site=notice.site_id)
    return Event(title, f"{said} {advice}".strip(), url)


def _endpoint_rests(notice: Notice) -> Event:
    advice = _(
        "It is tried again by itself for a day, and nothing is lost meanwhile. Look whether the "
        "receiver works; the webhook's page shows what it answered."
    )
    title = _("Outcome webhook does not answer - %(name)s - %(where)s") % _webhook(notice)
    return Event(title, advice, site_url(notice.site_id or 0))


def _endpoint_off(notice: Notice) -> Event:
    advice = _(
        "The receiver answered 410: it wants no more. What happens to leads is not written down "
        "for it until somebody switches it on again."
    )
    title = _("Outcome webhook switched off - %(name)s - %(where)s") % _webhook(notice)
    return Event(title, advice, site_url(notice.site_id or 0))


def _undelivered(notice: Notice) -> Event:
    title = ngettext(
        "%(count)s outcome was not delivered - %(name)s - %(where)s",
        "%(count)s outcomes were not delivered - %(name)s - %(where)s",
        notice.count,
    ) % (_webhook(notice) | {"count": localised(f"{notice.count:,}")})
    advice = _(
        "The receiver took nothing for a day. Once it works again, have all that failed delivered "
        "again on the webhook's page."
    )
    return Event(title, advice, site_url(notice.site_id or 0))


def _webhook(notice: Notice) -> dict[str, str]:
    return {"name": one_line(notice.text, LONGEST_LABEL), "where": where(notice)}


LONGEST_TEXT = 500
"""As long as a notice's text is kept."""


def _left(notice: Notice) -> str:
    """What a recovery leaves behind for people to do."""
    if notice.still_failed is None:
        return ""
    if not notice.still_failed:
        return _("None is left in the table of failed leads.")
    return ngettext(
        "%(count)s lead is still failed and waits for a person.",
        "%(count)s leads are still failed and wait for a person.",
        notice.still_failed,
    ) % {"count": _capped(notice.still_failed)}


def _capped(count: int) -> str:
    return localised(f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}")


MOST_COUNTED = 10_000
"""Leads still failed are counted no further."""


def _report(notice: Notice) -> Event:
    title = _("Weekly report - %s") % (where(notice) if notice.site_id else _("all sites"))
    return Event(title, "", admin_url())


def _digest(notice: Notice) -> Event:
    title = _("Daily digest - %s") % (where(notice) if notice.site_id else _("all sites"))
    return Event(title, "", admin_url())


def _code(notice: Notice) -> Event:
    return Event(_("Your code for opening leads - %s") % where(notice), "", admin_url())


def _mentioned(notice: Notice) -> Event:
    lead = notice.lead
    site = one_line(str(lead.site), LONGEST_LABEL) if lead else ""
    title = _("You are named in a comment - lead %(number)s - %(site)s") % {
        "number": notice.lead_id,
        "site": site,
    }
    detail = _("%(who)s wrote it at %(when)s. It stands on the lead's page.") % {
        "who": one_line(notice.text, LONGEST_LABEL),
        "when": moment(notice.created_at),
    }
    return Event(title, detail, lead_url(notice.lead_id))


def _test(notice: Notice) -> Event:
    title = _("Test notice - %s") % where(notice)
    detail = _("Asked for at %s. Notices arrive here; nothing has failed.")
    return Event(title, detail % moment(notice.created_at), admin_url())


def _why(reason: str) -> tuple[str, ...]:
    if reason not in Reason.values:
        return (printable(reason),)
    about = Reason(reason).about
    return (f"{Reason.title_of(reason)}.", str(about.means), str(about.advice))


WORDS: dict[str, Callable[[Notice], Event]] = {
    Notice.Kind.LEADS_WAITING: _waiting,
    Notice.Kind.PAUSED: _paused,
    Notice.Kind.RESUMED: _resumed,
    Notice.Kind.RESOLVED: _resolved,
    Notice.Kind.QUIET: _quiet,
    Notice.Kind.DRIFT: _drift,
    Notice.Kind.OTHER_ADDRESS: _other_address,
    Notice.Kind.INCOMPLETE: _incomplete,
    Notice.Kind.DIGEST: _digest,
    Notice.Kind.ENDPOINT_RESTS: _endpoint_rests,
    Notice.Kind.ENDPOINT_OFF: _endpoint_off,
    Notice.Kind.UNDELIVERED: _undelivered,
    Notice.Kind.REPORT: _report,
    Notice.Kind.CODE: _code,
    Notice.Kind.MENTIONED: _mentioned,
    Notice.Kind.TEST: _test,
}
