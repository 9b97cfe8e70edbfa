"""Keeping a trace of what a known site sent and could not be taken."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from leads.intake.body.arrival import Arrival
from leads.intake.body.fields import storable
from leads.intake.body.inflate import legible
from leads.intake.errors import Refusal
from leads.intake.redact import redact
from leads.models import RejectedSubmission, Site, Source
from leads.models.sites.rejected import LONGEST_BODY
from leads.store import database

log = logging.getLogger(__name__)

MOST_A_DAY = 100
"""Traces of one site and one answer; a flood of broken posts fills no disk."""
DAY = 24 * 60 * 60


@contextlib.contextmanager
def traced(
    site: Site, arrival: Arrival, source: str, posted_by: Source | None = None
) -> Iterator[None]:
    """Keep a rejected submission of a refusal in here, and let the refusal go on.

    `posted_by` is the source whose webhook address it came to.
    """
    try:
        yield
    except Refusal as refusal:
        if refusal.is_traced:
            keep(site, arrival, source, refusal, posted_by)
        raise


def keep(
    site: Site,
    arrival: Arrival,
    source: str,
    refusal: Refusal,
    posted_by: Source | None = None,
) -> bool:
    """Store the trace; False when the site has left as many as may be kept of a day."""
    name = f"rejected:{site.pk}:{refusal.status_code}"
    now = database.use_allowance(name, MOST_A_DAY, DAY)
    if now is None:
        log.warning("site %s: a %s more was not kept", site.pk, refusal.status_code)
        return False
    # Four bytes are a character at most; what is redacted may be longer than what is kept.
    beginning = legible(arrival.body, arrival.encoding, 4 * LONGEST_BODY + 1)
    text = redact(storable(beginning[: 4 * LONGEST_BODY].decode("utf-8", "replace")))
    RejectedSubmission.objects.create(
        site=site,
        received_at=now,
        source=source,
        webhook_source=posted_by,
        status=refusal.status_code,
        code=refusal.code,
        why=storable(refusal.note or str(refusal.detail))[:300],
        content_type=arrival.content_type[:100],
        size=arrival.size,
        body=text[:LONGEST_BODY],
        is_clipped=len(beginning) > 4 * LONGEST_BODY or len(text) > LONGEST_BODY,
    )
    return True
