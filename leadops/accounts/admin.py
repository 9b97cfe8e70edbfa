"""What `accounts` shows in the admin."""

from leadops.accounts import audit, policy_report_list, users

__all__ = ["audit", "policy_report_list", "users"]
