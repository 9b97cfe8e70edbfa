"""What `manage.py unlock` was called before."""

from leadops.accounts.management.commands.unlock import Command

__all__ = ["Command"]
