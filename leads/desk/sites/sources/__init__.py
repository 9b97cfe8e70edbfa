"""A site's sources: the forms that post to its secret addresses, and what was read from them."""
