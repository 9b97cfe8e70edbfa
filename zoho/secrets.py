"""Where migrations find the encrypted column, which lives in the core."""

from leads.secrets import EncryptedTextField

__all__ = ["EncryptedTextField"]
