"""What became of a lead, for the site that posted it."""
