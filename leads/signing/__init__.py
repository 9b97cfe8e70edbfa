"""Signed messages: what LeadOps sends to programs, and what programs send to it."""
