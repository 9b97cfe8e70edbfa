"""A CRM that prints what it is sent: all that a second gateway must have."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from leads.clock import Deadline
from leads.delivery.gateway import Batch, FormField, Outcome, Preview, Verdict
from leads.models import ApiCall, Destination, Lead
from leads.reasons import Reason

NUMBERS = count(1)


class ConsoleGateway:
    """Takes every lead that has an e-mail address."""

    connect_permission = "leads.change_destination"

    def deliver(self, batch: Batch, deadline: Deadline) -> list[Outcome]:
        """Print the batch; one outcome a lead, in its order."""
        with batch.in_flight as call:
            if call.is_void:
                return [Outcome(Verdict.NOT_BEGUN, sent=False)] * len(batch.leads)
            batch.resend_is_safe = True
            batch.call.status = 200
            return [self._insert(self.preview(lead)) for lead in batch.leads]

    def _insert(self, made: Preview) -> Outcome:
        if made.failure:
            return Outcome(
                Verdict.REFUSED, Reason.MANDATORY_MISSING, field=made.failing, text=made.failure
            )
        print(json.dumps(made.record))
        return Outcome(Verdict.STORED, zoho_id=f"C{next(NUMBERS)}", status=200, record=made.record)

    def preview(self, lead: Lead, data: dict[str, Any] | None = None) -> Preview:
        """The lead's fields as they are, with its reference."""
        data = lead.current_data() if data is None else data
        record = {**data, "reference": str(lead.reference)}
        lacking = "" if data.get("email") else "email"
        form = [FormField(name, name.title(), value, (name,)) for name, value in data.items()]
        why = "The console wants an e-mail address." if lacking else ""
        return Preview(record, [], failure=why, failing=lacking, form=form)

    def curl(self, lead: Lead, record: dict[str, Any] | None = None) -> str:
        """The line that prints the lead."""
        return f"echo lead {lead.reference}"

    def curl_of(self, call: ApiCall) -> str:
        """Nothing was kept."""
        return ""

    def record_url(self, lead: Lead, record_id: str = "", module: str = "") -> str:
        """Where a record would be looked at."""
        return f"https://console.example.com/{record_id or lead.zoho_id}"

    def is_connected(self, destination: Destination) -> bool:
        """Always."""
        return True

    def connect_url(self, destination: Destination) -> str:
        """There is nothing to connect: the dashboard."""
        return "/admin/"
