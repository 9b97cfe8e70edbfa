"""What django-q2 calls to send notices, and how it is woken.

Notices have a cluster of their own, so that a mail server that hangs cannot occupy delivery.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from leads.clock import Deadline
from leads.privacy.silence import silent
from leads.worker.process_files import is_over
from notifications.deliver import Round

log = logging.getLogger(__name__)

CLUSTER = "notices"
SEND = "notifications.tasks.send_notices"


@silent
def send_notices() -> None:
    """Send what is due, until nothing is or the time is up."""
    Round(is_over=is_over).run(Deadline(settings.DRAIN_TIMEOUT))


def wake_notices() -> None:
    """Have due notices sent soon after the running transaction is on disk.

    Errors are logged, never raised: the notices are safe, and the next sweep wakes again.
    """
    transaction.on_commit(_wake_quietly)


def _wake_quietly() -> None:
    try:
        # A message that a worker has taken is locked into the future. Only one that nobody has
        # taken yet is sure to see every row that is on disk by now.
        if not OrmQ.objects.filter(key=CLUSTER, lock__lte=timezone.now()).exists():
            async_task(SEND, cluster=CLUSTER)
    except DatabaseError:
        log.exception("could not wake for notices; the sweep will")
