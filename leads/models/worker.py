"""Heartbeat: the sign of life of a worker's supervisor."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

SILENT_AFTER = timedelta(minutes=1)
"""A supervisor beats with every sweep, each 10 s; one that is silent for so long is gone."""
FORGET_AFTER = timedelta(hours=1)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """The supervisors of all machines."""

    def beating(self, now: datetime) -> HeartbeatQuerySet:
        """Those that were heard within the last minute."""
        return self.filter(beat_at__gt=now - SILENT_AFTER)

    def silent(self, now: datetime) -> HeartbeatQuerySet:
        """Those that ended without a word, or cannot reach the database."""
        return self.filter(beat_at__lte=now - SILENT_AFTER)

    def newest_beat(self) -> datetime | None:
        """When any supervisor was heard last; None when none ever was, or all stopped in order."""
        newest: datetime | None = self.aggregate(newest=models.Max("beat_at"))["newest"]
        return newest

    def forget(self, now: datetime) -> int:
        """Remove who has been silent for an hour, and who is succeeded on this very host."""
        succeeded = Q(host=socket.gethostname(), beat_at__lte=now - SILENT_AFTER)
        return self.filter(Q(beat_at__lte=now - FORGET_AFTER) | succeeded).delete()[0]


class Heartbeat(models.Model):
    """One running `manage.py worker`: written with each of its sweeps, removed when it stops."""

    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField(_("process"))
    version = models.CharField(max_length=30)
    started_at = models.DateTimeField(help_text=_("By the database's clock, as all times here."))
    beat_at = models.DateTimeField(_("last heard"))
    workers = models.PositiveSmallIntegerField(help_text=_("Delivery workers it should run."))
    alive = models.PositiveSmallIntegerField(default=0, help_text=_("Delivery workers it runs."))
    restarts = models.PositiveIntegerField(
        default=0, help_text=_("How often it had to start a cluster of workers again.")
    )
    last_restart = models.CharField(_("why the last time"), max_length=200, blank=True)
    last_restart_at = models.DateTimeField(null=True)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["host", "started_at"]
        indexes = [models.Index(fields=["beat_at"], name="heartbeat_beat")]

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}"

    @classmethod
    def of_this_process(cls, now: datetime) -> Heartbeat:
        """A first one, not saved yet."""
        return cls(
            host=socket.gethostname()[:255],
            pid=os.getpid(),
            version=settings.VERSION,
            started_at=now,
            workers=settings.WORKERS,
        )

    def beat(self, now: datetime) -> None:
        """Write the row as it is, at `now`; again in full where it was forgotten meanwhile."""
        self.beat_at, self.last_restart = now, self.last_restart[:200]
        self.save()
