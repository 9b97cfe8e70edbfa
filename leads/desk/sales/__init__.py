"""What became of the leads: the page with what each campaign sold, and its files."""
