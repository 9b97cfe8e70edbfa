"""The pictures of the documentation: what is on them, what shows it, what takes them."""
