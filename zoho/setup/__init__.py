"""Connecting Zoho, and checking that it is set up."""
