"""Zoho's pages in the admin."""
