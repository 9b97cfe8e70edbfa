"""`manage.py reconcile`: compare the delivered leads with Zoho's records."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leads.clock import Deadline
from zoho.models import Finding
from zoho.proof.reconcile import CREDITS, DAYS, reconcile_all

HOURS = 6 * 3600.0


class Command(BaseCommand):
    """Prints one line for each comparison, and one for each difference. Changes no lead."""

    help = "Compares delivered leads with the records in Zoho; the admin lists what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        """How far back, and how many of the day's credits."""
        parser.add_argument("--days", type=int, default=DAYS, help=f"{DAYS} unless given")
        parser.add_argument(
            "--credits", type=int, default=CREDITS, help=f"queries to Zoho, {CREDITS} unless given"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print."""
        for row in reconcile_all(options["days"], options["credits"], Deadline(HOURS)):
            state = "compared" if row.ended_at else f"to be continued: {row.error or 'no credits'}"
            self.stdout.write(
                f"{row.destination} {row.module}: {state}, {row.leads} leads delivered, "
                f"{row.records} records with a reference, {row.findings.count()} differences, "
                f"{row.credits} credits"
            )
            for finding in row.findings.order_by("pk"):
                self.stdout.write(f"  {as_line(finding)}")


def as_line(finding: Finding) -> str:
    """A difference in one line: what, which lead, which record."""
    lead = f" lead {finding.lead_id}" if finding.lead_id else ""
    return f"{finding.get_kind_display()}:{lead} record {finding.record_id}"
