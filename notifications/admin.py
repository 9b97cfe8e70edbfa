"""The admin's pages of this app."""

from notifications.desk.channels import ChannelAdmin, DigestAdmin
from notifications.desk.notices import NoticeAdmin

__all__ = ["ChannelAdmin", "DigestAdmin", "NoticeAdmin"]
