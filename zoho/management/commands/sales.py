"""`manage.py sales`: read from Zoho what became of the delivered leads."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leads.clock import Deadline
from zoho.models import Connection
from zoho.sales.sweep import Sweep

HOURS = 6 * 3600.0


class Command(BaseCommand):
    """Prints one line for each destination that it is switched on for. Changes no lead."""

    help = "Reads owner, status and deals of delivered leads now, within the credits for proof."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print."""
        rows = Connection.objects.filter(reads_sales=True).select_related("destination")
        for connection in rows.order_by("pk"):
            sweep = Sweep(connection, Deadline(HOURS))
            state = "all read" if sweep.run() else "to be continued"
            self.stdout.write(f"{connection.destination}: {state}, {sweep.leads} leads")
