"""What a notice says, the same for mail and channels."""
