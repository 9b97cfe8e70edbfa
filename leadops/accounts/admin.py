"""What `accounts` shows in the admin."""

from leadops.accounts import audit, users

__all__ = ["audit", "users"]
