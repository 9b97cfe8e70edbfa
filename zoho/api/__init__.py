"""Zoho's HTTP API: calls, tokens, and what answers mean."""
