"""What people decide about leads: no page in it, and no admin."""
