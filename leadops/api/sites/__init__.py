"""What posts to a site, for programs: its sources and its keys."""
