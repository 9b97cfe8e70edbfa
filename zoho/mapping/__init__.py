"""From a lead's data to values for Zoho's fields, by rules."""
