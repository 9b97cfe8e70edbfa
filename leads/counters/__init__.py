"""Counters: what is counted, how it is added up, and how pages read it."""
