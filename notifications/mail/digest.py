"""The daily digest: owed once a day to each address, by whichever worker looks first."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from notifications.models import Digest, Notice
from notifications.note import note


def note_digests(now: datetime) -> int:
    """Owe the digests whose hour has begun; how many. Their figures are read when they leave."""
    local = timezone.localtime(now)
    owed = 0
    for digest in Digest.objects.due(local):
        with transaction.atomic():
            if Digest.objects.take(digest.pk, local.date()):
                note(Notice.Kind.DIGEST, [digest.recipient], [], now, site_id=digest.site_id)
                owed += 1
    return owed
