"""Zoho's accounts server: tokens, people, the organisation."""
