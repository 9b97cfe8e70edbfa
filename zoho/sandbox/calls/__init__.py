"""One call on its way through: what it asks for, and what it may."""
