"""Who may post, from where, and how much."""
