"""Making a record fit Zoho's fields, losing nothing."""
