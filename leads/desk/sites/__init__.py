"""Sites: the list, the page of one, its keys and test leads."""
