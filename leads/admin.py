"""What `leads` shows in the admin: importing the desk registers it."""

from leads.desk import (
    bulk_pages,
    destinations,
    failed,
    leads,
    logs,
    preferences,
    rejected,
    sites,
)

__all__ = [
    "bulk_pages",
    "destinations",
    "failed",
    "leads",
    "logs",
    "preferences",
    "rejected",
    "sites",
]
