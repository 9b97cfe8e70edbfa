"""What an operator does to a whole installation: keep copies of it, bring one back, examine it."""
