"""Two lines in the log for each lead: that it was stored, and what became of each try to send it.

Only where logs are for programs (LOG_FORMAT=json): people have the timeline of a lead.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from leads.delivery.gateway import Batch, Outcome
from leads.models import Lead
from leads.signals import batch_handled, lead_received

log = logging.getLogger("leadops.leads")


def begin() -> None:
    """Listen."""
    lead_received.connect(tell_received, dispatch_uid="lead_lines")
    batch_handled.connect(tell_handled, dispatch_uid="lead_lines")


def tell_received(lead: Lead, began: float, **_signal: Any) -> None:
    """A lead is on disk."""
    log.info(
        "lead received",
        extra={
            "lead": str(lead.reference),
            "site": lead.site_id,
            "destination": lead.destination_id,
            "outcome": lead.status,
            "ms": round((time.time() - began) * 1000),
        },
    )


def tell_handled(batch: Batch, outcomes: list[Outcome], **_signal: Any) -> None:
    """What a call came to, lead by lead."""
    for lead, outcome in zip(batch.leads, outcomes, strict=True):
        log.info(
            "lead sent" if outcome.sent else "lead not sent",
            extra={
                "lead": str(lead.reference),
                "site": lead.site_id,
                "destination": batch.destination.pk,
                "call": batch.call.pk,
                "outcome": outcome.verdict.name.lower(),
                "reason": outcome.reason.value if outcome.reason else None,
                "ms": batch.call.took_ms,
            },
        )
