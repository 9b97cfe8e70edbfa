"""What colleagues have to do with a lead: whose it is, and what they say of it."""
