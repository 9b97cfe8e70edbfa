"""Backups in a bucket of S3, or of whoever speaks as S3 does."""
