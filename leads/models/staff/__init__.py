"""What staff set, may and keep: the settings, the roles, the saved views."""
