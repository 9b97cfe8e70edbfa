"""Bulk retries: planned by a person, carried out by a worker, chunk by chunk."""
