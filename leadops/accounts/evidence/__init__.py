"""Evidence: who logged in, from where, and did what matters; a chain shows what is missing."""
