"""What `accounts` shows in the admin."""

from leadops.accounts import audit, policy_report_list, users
from leadops.accounts.evidence import page

__all__ = ["audit", "page", "policy_report_list", "users"]
