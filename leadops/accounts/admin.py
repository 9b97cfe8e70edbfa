"""What `accounts` shows in the admin."""

from leadops.accounts import audit, policy_report_list, users
from leadops.accounts.evidence import page
from leadops.accounts.tokens import pages

__all__ = ["audit", "page", "pages", "policy_report_list", "users"]
