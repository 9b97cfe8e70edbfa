"""What `accounts` shows in the admin."""

from leadops.accounts import audit, policy_report_list, users
from leadops.accounts.evidence import page
from leadops.accounts.sso import desk
from leadops.accounts.tokens import pages

__all__ = ["audit", "desk", "page", "pages", "policy_report_list", "users"]
