"""What became of the leads: whether they were converted, into which deals, and for how much."""
