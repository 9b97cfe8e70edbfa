"""One noun a file, with its queryset."""

from notifications.models.channel import Channel
from notifications.models.digest import Digest
from notifications.models.endpoint import Endpoint, Event
from notifications.models.mail_link import LinkedLead, MailLink
from notifications.models.message import Batch, Message, MessageQuerySet
from notifications.models.notice import DELAYS, LONGEST_ADDRESS, Claim, Notice, NoticeQuerySet
from notifications.models.reader import Reader

__all__ = [
    "DELAYS",
    "LONGEST_ADDRESS",
    "Batch",
    "Channel",
    "Claim",
    "Digest",
    "Endpoint",
    "Event",
    "LinkedLead",
    "MailLink",
    "Message",
    "MessageQuerySet",
    "Notice",
    "NoticeQuerySet",
    "Reader",
]
