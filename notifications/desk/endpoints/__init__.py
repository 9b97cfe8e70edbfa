"""Outcome webhooks in the admin: each with its page, and the log of what it was sent."""
