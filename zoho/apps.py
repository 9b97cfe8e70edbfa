"""One CRM behind leads.delivery.gateway."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone

from leads.store.migrated import on_the_newest_schema


class ZohoConfig(AppConfig):
    """Zoho CRM."""

    name = "zoho"
    verbose_name = "Zoho"

    def ready(self) -> None:
        """Make the first destination and the schedules once the tables are there."""
        from leads.signals import leads_erased, pruned, swept
        from zoho.fit.drift import module_read
        from zoho.proof.forget import forget_people, forget_proofs
        from zoho.setup.connect import seed_after_migrate
        from zoho.setup.drift import tell_of_drift
        from zoho.tasks import wake_proof

        swept.connect(wake_proof, dispatch_uid="zoho.proof.wake")
        leads_erased.connect(forget_people, dispatch_uid="zoho.proof.erased")
        pruned.connect(forget_proofs, dispatch_uid="zoho.proof.pruned")
        module_read.connect(tell_of_drift, dispatch_uid="zoho.setup.drift")
        post_migrate.connect(seed_after_migrate, sender=self)
        post_migrate.connect(schedule_metadata, sender=self)
        post_migrate.connect(schedule_comparison, sender=self)
        post_migrate.connect(schedule_sales, sender=self)


@on_the_newest_schema
def schedule_metadata(**kwargs: Any) -> None:
    """The nightly reading of Zoho's fields. The first one comes with the first batch."""
    from django_q.models import Schedule

    Schedule.objects.get_or_create(
        name="metadata",
        defaults={
            "func": "zoho.tasks.refresh_metadata",
            "schedule_type": Schedule.DAILY,
            "next_run": _tonight(),
        },
    )


@on_the_newest_schema
def schedule_comparison(**kwargs: Any) -> None:
    """The nightly comparison of the delivered leads with Zoho."""
    from django_q.models import Schedule

    Schedule.objects.get_or_create(
        name="reconcile",
        defaults={
            "func": "zoho.tasks.reconcile",
            "schedule_type": Schedule.DAILY,
            "next_run": _tonight(hour=4),
        },
    )


@on_the_newest_schema
def schedule_sales(**kwargs: Any) -> None:
    """What became of leads: looked at every hour whether tonight's pass is still to be made."""
    from django_q.models import Schedule

    Schedule.objects.get_or_create(
        name="sales",
        defaults={"func": "zoho.tasks.read_sales", "schedule_type": Schedule.HOURLY},
    )


def _tonight(hour: int = 3) -> datetime:
    """Early in the morning of the installation's time zone, when few leads come in."""
    now = timezone.localtime()
    return now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=1)
