"""Ways to ask that several models share."""
