"""API logs and API calls."""
