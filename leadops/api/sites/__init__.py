"""What is of one site, for programs: its mapping, its sources and its keys."""
