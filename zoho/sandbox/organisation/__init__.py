"""The organisation: its users, and its modules with all that Zoho asks of a record in them."""
