"""Whether Zoho holds what was sent."""
