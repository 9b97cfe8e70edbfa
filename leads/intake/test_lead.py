"""A test lead: made here, delivered as any other, counted nowhere and told to nobody."""

from __future__ import annotations

import json

from leads.intake.body.submission import Submission
from leads.intake.idempotency import fingerprint_of, usable_key
from leads.intake.receive import Origin, receive
from leads.models import Lead, Site

DATA = {
    "first_name": "Test",
    "last_name": "LeadOps",
    "email": "test.leadops@example.com",
    "company": "LeadOps test",
    "message": "A test of the connection. Delete this record.",
}


def ready_made() -> Submission:
    """A test lead's fields where nobody gave any."""
    return Submission(json.dumps(DATA).encode(), "application/json", dict(DATA))


def send_test_lead(site: Site) -> Lead:
    """Store a test lead of the site, on its way to Zoho. Raises OverQuota."""
    return receive(ready_made(), site, Origin(is_test=True))


def origin_of_test(submission: Submission, key: str | None) -> Origin:
    """Where a program's test lead came in. Raises Unreadable for a key that cannot be used.

    Its repeats are known apart from those of real leads: the same fields, or the same
    Idempotency-Key, posted in earnest are a lead and no repeat of the test.
    """
    wanted = usable_key(key)
    return Origin(
        is_test=True,
        idempotency_key=wanted and f"test:{fingerprint_of(wanted)}",
        fingerprint=fingerprint_of(["test", submission.archived]),
    )
