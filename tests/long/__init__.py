"""What `make long` runs beside growth and faults."""
