"""The admin's pages of this app."""

from notifications.desk.channels import ChannelAdmin
from notifications.desk.digests import DigestAdmin
from notifications.desk.notices import NoticeAdmin

__all__ = ["ChannelAdmin", "DigestAdmin", "NoticeAdmin"]
