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


OWN = (
    *("host", "pid", "version", "started_at", "beat_at", "workers", "alive", "restarts"),
    *("last_restart", "last_restart_at", "drained_at"),
)
"""What a supervisor says of itself. The rest of its row is what others ask of it."""


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """The supervisors of all machines."""

    def beating(self, now: datetime) -> HeartbeatQuerySet:
        """Those that were heard within the last minute."""
        return self.filter(beat_at__gt=now - SILENT_AFTER)

    def silent(self, now: datetime) -> HeartbeatQuerySet:
        """Those that ended without a word, or cannot reach the database."""
        return self.filter(beat_at__lte=now - SILENT_AFTER)

    def at_work(self) -> HeartbeatQuerySet:
        """Those that take leads: nobody asked them to drain."""
        return self.filter(drain_asked_at=None)

    def drain(self, now: datetime) -> int:
        """Ask these to finish what they hold and to take nothing more; how many were asked.

        Who was asked before is asked still, since then.
        """
        self.filter(drain_asked_at=None).update(drain_asked_at=now, drained_at=None)
        return self.count()

    def undo_drain(self) -> int:
        """Let these work again; how many there are."""
        return self.update(drain_asked_at=None, drained_at=None)

    def newest_beat(self) -> datetime | None:
        """When any supervisor that takes leads was heard last; None when none ever was, or all
        stopped in order.
        """
        newest: datetime | None = self.at_work().aggregate(newest=models.Max("beat_at"))["newest"]
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
    drain_asked_at = models.DateTimeField(
        null=True, help_text=_("When it was asked to finish what it holds and to take no more.")
    )
    drained_at = models.DateTimeField(null=True, help_text=_("Since when it holds nothing."))

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

    def beat(self, now: datetime, *, is_drained: bool = False) -> None:
        """Write the row as it is, at `now`; again in full where it was forgotten meanwhile.

        Whether it shall drain is what others ask: that is read, and never written over.
        """
        asked = Heartbeat.objects.filter(pk=self.pk).values_list("drain_asked_at", flat=True)
        if is_known := len(asked) > 0:
            self.drain_asked_at = asked[0]
        has_drained = is_drained and self.drain_asked_at is not None
        self.drained_at = (self.drained_at or now) if has_drained else None
        self.beat_at, self.last_restart = now, self.last_restart[:200]
        self.save(update_fields=OWN if is_known else None)
