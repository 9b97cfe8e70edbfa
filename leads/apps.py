"""The core: what a lead is and what happens to it."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from leads.store.migrated import on_the_newest_schema


class LeadsConfig(AppConfig):
    """Knows no Zoho, speaks no HTTP to anyone."""

    name = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        """Limit what a connection may wait for; have bulk retries, imports, the search's index
        and the attributions go on with each sweep, and the schedules and the roles there once their
        tables are.
        """
        from leads.counters import attribute
        from leads.decisions.bulk.run import go_on
        from leads.decisions.imports.run import go_on as import_on
        from leads.intake.guard.signed import forget_old
        from leads.roles import after_migrate
        from leads.search.fill import keep_up
        from leads.signals import swept
        from leads.store import session

        session.listen()
        swept.connect(go_on, dispatch_uid="leads.decisions.bulk.run")
        swept.connect(import_on, dispatch_uid="leads.decisions.imports.run")
        swept.connect(attribute.keep_up, dispatch_uid="leads.counters.attribute")
        swept.connect(keep_up, dispatch_uid="leads.search.fill")
        swept.connect(forget_old, dispatch_uid="leads.intake.guard.signed")
        post_migrate.connect(schedule, sender=self)
        # Of every app: the permissions of each are there only after its own turn.
        post_migrate.connect(after_migrate, dispatch_uid="leads.roles")


@on_the_newest_schema
def schedule(**kwargs: Any) -> None:
    """The sweep once a minute, beside the supervisor's own every 10 seconds; pruning once a day."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="sweep",
        defaults={"func": "leads.tasks.sweep", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )
    Schedule.objects.update_or_create(
        name="prune",
        defaults={"func": "leads.tasks.prune", "schedule_type": Schedule.DAILY},
    )
