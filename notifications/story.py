"""What was told of a lead, as part of its story on its page."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.desk.lead.timeline import Moment
from leads.models import Lead
from leads.shown.sentences import shown
from leads.signals import story_told
from notifications.models import Notice

MOST = 50
"""Notices of one lead that its page names."""
TONES = {Notice.Status.SENT: "good", Notice.Status.FAILED: "bad"}


@receiver(story_told, dispatch_uid="notifications.story")
def tell(lead: Lead, user: Any, **_signal: Any) -> list[Moment]:
    """The notices about the lead with their delivery, for those who may see notices."""
    if not user.has_perm("notifications.view_notice"):
        return []
    return [_moment(notice) for notice in Notice.objects.filter(lead=lead).order_by("-pk")[:MOST]]


def _moment(notice: Notice) -> Moment:
    words = _("%(how)s to %(whom)s: %(state)s") % {
        "how": notice.get_via_display(),
        "whom": notice.recipient,
        "state": notice.get_status_display(),
    }
    if notice.error:
        words += f" ({shown(notice.error)})"
    return Moment(
        notice.sent_at or notice.created_at,
        "notice",
        TONES.get(Notice.Status(notice.status), "quiet"),
        _("Told: %(kind)s") % {"kind": notice.get_kind_display()},
        words=words,
        url=reverse("admin:notifications_notice_change", args=[notice.pk]),
    )
