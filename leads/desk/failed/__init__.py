"""The table “Failed leads API injection”."""
