"""Imports: a file's upload, its columns and dry run, and how far it is."""
