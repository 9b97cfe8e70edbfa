"""All leads, the page of one, and what may be done there."""
