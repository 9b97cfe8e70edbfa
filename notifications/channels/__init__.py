"""Notices to Slack and other addresses."""
