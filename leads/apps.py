"""The core: what a lead is and what happens to it."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LeadsConfig(AppConfig):
    """Knows no Zoho, speaks no HTTP to anyone."""

    name = "leads"
    verbose_name = "Leads"

    def ready(self) -> None:
        """Have the sweep scheduled once the tables are there."""
        post_migrate.connect(schedule_sweep, sender=self)


def schedule_sweep(**kwargs: Any) -> None:
    """The sweep once a minute as a schedule, beside the supervisor's own every 10 seconds."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="sweep",
        defaults={"func": "leads.tasks.sweep", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )
