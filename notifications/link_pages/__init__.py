"""The pages behind the link of a mail: its recipient takes care of its leads without an account."""
