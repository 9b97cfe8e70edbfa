"""How pages and what they load leave the house."""
