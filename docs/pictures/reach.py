"""What reaches people who are not at the desk: a mail with a link, its code, the weekly report."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from leads.models import Lead, Preferences, Site
from notifications.models import Digest, Notice
from notifications.tasks import send_notices

DEALER = "dealer@example.com"
MOST = 4
LINK = re.compile(r'href="https?://[^/"]+(/act/[^"]+/)"')
CODE = re.compile(r"^(\d{3} \d{3})\r?$", re.MULTILINE)


def fill(site: Site, now: datetime) -> dict[str, Any]:
    """The id of the weekly report, and the page behind the link of a mail with what it said."""
    digest = Digest.objects.create(recipient="mia@example.com", weekday=0, hour=8)
    Digest.objects.update(sent_on=now.date())
    Preferences.load()
    Preferences.objects.update(our_name="Northern Spas", our_contact="leads@example.com")
    told = f"{site.recipients}\n{DEALER}"
    Site.objects.filter(pk=site.pk).update(recipients=told, mail_links=True)
    owed = Notice.objects.filter(status=Notice.Status.PENDING)
    owed.update(status=Notice.Status.SENT, sent_at=now)
    at = now - timedelta(seconds=1)
    rows = Lead.objects.failed().filter(site=site, is_test=False).exclude(reason="quarantined")
    for lead in rows.order_by("-failed_at")[:MOST]:
        Notice.objects.create(
            kind=Notice.Kind.LEAD_FAILED,
            recipient=DEALER,
            site=site,
            lead=lead,
            reason=lead.reason,
            created_at=at,
            due_at=at,
        )
    html = _newest()
    found = LINK.search(html)
    if found is None:
        raise LookupError("the mail holds no link")
    return {"digest": digest.pk, "link": found[1], "mail": html}


def code() -> str:
    """The code that was asked for in the browser, out of its mail."""
    _newest()
    found = CODE.search(str(mail.outbox[-1].body))
    if found is None:
        raise LookupError("the mail holds no code")
    return found[1]


def _newest() -> str:
    """Send what is due; the last mail as a mail program shows it."""
    send_notices()
    sent = mail.outbox[-1]
    shown = sent.alternatives if isinstance(sent, EmailMultiAlternatives) else []
    return next((str(content) for content, kind in shown if kind == "text/html"), "")
