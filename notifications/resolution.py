"""What happened since: failures that stopped, and what a recovery leaves for people to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import override

from leads.models import Lead
from leads.models.lead import LeadQuerySet
from leads.privacy.named_leads import of_own_site_alone
from notifications.digest_counts import day_before
from notifications.models import Claim, Notice
from notifications.throttle import CALM_AFTER, ENDS
from notifications.week_counts import week_before
from notifications.wording.events import MOST_COUNTED
from notifications.wording.language import language_of

Kind = Notice.Kind


def look(notices: Iterable[Notice]) -> None:
    """Put on each notice what its words need besides its own row."""
    notices = list(notices)
    of_own_site_alone(notice.lead for notice in notices if notice.lead)
    for notice in notices:
        if notice.kind in (Kind.RESUMED, Kind.RESOLVED):
            left = _concerned(notice).failed().order_by()
            notice.still_failed = left[: MOST_COUNTED + 1].count()
        elif notice.kind in (Kind.DIGEST, Kind.REPORT):
            with override(language_of([notice])):  # reasons and what is unknown are named there
                _count(notice)


def _count(notice: Notice) -> None:
    if notice.kind == Kind.DIGEST:
        notice.digest = day_before(notice.created_at, notice.site_id)
    else:
        notice.report = week_before(notice.created_at, notice.site_id)


def expect_the_end(claim: Claim, notices: Iterable[Notice], now: datetime) -> None:
    """After the mail of a burst of failures, owe one that says when its failures have stopped."""
    causes = {(notice.site_id, notice.reason) for notice in notices}
    Notice.objects.bulk_create(
        Notice(
            kind=Kind.RESOLVED,
            via=claim.via,
            recipient=claim.recipient,
            channel_id=claim.channel,
            site_id=site_id,
            reason=reason,
            created_at=now,
            due_at=now + CALM_AFTER,
        )
        for site_id, reason in sorted(causes, key=str)[:ENDS]
    )


def put_off_what_goes_on(now: datetime) -> None:
    """Let each end that is due wait while its cause still makes leads fail."""
    due = Notice.objects.due(now).filter(kind=Kind.RESOLVED, resent=False)
    for notice in due.order_by("due_at"):
        newest = _concerned(notice).failed().order_by("-failed_at").only("failed_at").first()
        if newest and newest.failed_at and newest.failed_at + CALM_AFTER > now:
            due.filter(pk=notice.pk).update(due_at=newest.failed_at + CALM_AFTER)


def _concerned(notice: Notice) -> LeadQuerySet:
    """The leads that the notice speaks of."""
    leads = Lead.objects.counted()
    if notice.reason:
        leads = leads.filter(reason=notice.reason)
    if notice.site_id is not None:
        return leads.filter(site_id=notice.site_id)
    return leads.filter(destination=notice.destination)
