"""One noun a file, with its queryset."""

from notifications.models.channel import Channel
from notifications.models.digest import Digest
from notifications.models.notice import DELAYS, LONGEST_ADDRESS, Claim, Notice, NoticeQuerySet

__all__ = [
    "DELAYS",
    "LONGEST_ADDRESS",
    "Channel",
    "Claim",
    "Digest",
    "Notice",
    "NoticeQuerySet",
]
