"""What `leads` shows in the admin: importing the desk registers it."""

from leads.desk import destinations, failed, leads, logs, preferences, rejected, sites

__all__ = ["destinations", "failed", "leads", "logs", "preferences", "rejected", "sites"]
