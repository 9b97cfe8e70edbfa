"""What differs by database, and statements that are written by hand."""
