"""A test lead: made here, delivered as any other, counted nowhere and told to nobody."""

from __future__ import annotations

import json

from leads.intake.body.submission import Submission
from leads.intake.receive import Origin, receive
from leads.models import Lead, Site

DATA = {
    "first_name": "Test",
    "last_name": "LeadOps",
    "email": "test.leadops@example.com",
    "company": "LeadOps test",
    "message": "A test of the connection. Delete this record.",
}


def send_test_lead(site: Site) -> Lead:
    """Store a test lead of the site, on its way to Zoho. Raises OverQuota."""
    body = json.dumps(DATA).encode()
    submission = Submission(body, "application/json", dict(DATA))
    return receive(submission, site, Origin(is_test=True))
