"""Outcome webhooks: telling programs of a site's owner what became of its leads."""
