"""What `accounts` shows in the admin."""

from accounts import audit, users

__all__ = ["audit", "users"]
