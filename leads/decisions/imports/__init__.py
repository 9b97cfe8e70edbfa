"""Imports: a file kept by a person, tried and carried out by a worker, chunk by chunk."""
