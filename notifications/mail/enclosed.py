"""What a mail holds for its recipient alone: links that open its leads, or a code to open them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from leads.models import Preferences, Site
from notifications.mail.letter import Sheet
from notifications.models import Claim, MailLink, Notice, Reader
from notifications.models.mail_link import may_open
from notifications.wording.links import act_url

UNSEEN = "***"
"""In the place of a token, where a mail is looked at that has left or is yet to leave."""


def links_for(claim: Claim, notices: Iterable[Notice], now: datetime) -> dict[int, str]:
    """A new token for each site of these notices that wants its recipients to have one.

    Its leads are those of the notices, and stay these. None for who is not on the list any more.
    """
    if claim.kind != Notice.Kind.LEAD_FAILED:
        return {}
    leads: dict[int, set[int]] = defaultdict(set)
    for notice in notices:
        if notice.site_id and notice.lead_id:
            leads[notice.site_id].add(notice.lead_id)
    return {
        site.pk: MailLink.objects.issue(site, claim.recipient, leads[site.pk], now)
        for site in linking(leads, claim.recipient)
    }


def linking(site_ids: Iterable[int], recipient: str) -> list[Site]:
    """Those of the sites whose mails to this address hold a link."""
    sites = Site.objects.filter(pk__in=list(site_ids), enabled=True, mail_links=True)
    return [site for site in sites if may_open(site, recipient)]


def enclosed(claim: Claim, tokens: Mapping[int, str], now: datetime) -> Sheet | None:
    """What the mail is written on; None where it is to bring a code and nobody reads there."""
    code: str | None = ""
    if claim.kind == Notice.Kind.CODE:
        code = Reader.objects.new_code(claim.recipient, now)
    if code is None:
        return None
    urls = {site_id: act_url(token) for site_id, token in tokens.items()}
    return Sheet.of(Preferences.read(), links=urls, code=code)


def as_looked_at(notice: Notice) -> Sheet:
    """The same for a person who looks at a notice: that there is a link, and not which."""
    found = linking([notice.site_id] if notice.site_id else [], notice.recipient)
    links = {site.pk: act_url(UNSEEN) for site in found if notice.lead_id}
    return Sheet.of(Preferences.read(), links=links)
