"""Finding records: search and COQL."""
