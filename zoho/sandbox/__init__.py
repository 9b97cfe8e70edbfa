"""A stand-in for Zoho's accounts server and CRM API v8, run as its own process.

It imports neither Django nor the rest of this project, so that what it reports about a delivery
is a second opinion and not an echo. `python -m zoho.sandbox --help` starts it.
"""
