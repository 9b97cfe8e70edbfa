"""What a body can be written as, one module a format, and the bytes below."""
