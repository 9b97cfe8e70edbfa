"""The admin's pages of this app."""

from notifications.desk.channels import ChannelAdmin
from notifications.desk.digests import DigestAdmin
from notifications.desk.endpoints import card  # noqa: F401 - stands on the page of a site
from notifications.desk.endpoints.log import MessageAdmin
from notifications.desk.endpoints.page import EndpointAdmin
from notifications.desk.notices import NoticeAdmin

__all__ = ["ChannelAdmin", "DigestAdmin", "EndpointAdmin", "MessageAdmin", "NoticeAdmin"]
