"""API tokens: how programs come to the desk, each with the rights of an account."""
