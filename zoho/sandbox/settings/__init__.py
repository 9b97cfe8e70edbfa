"""Modules, fields and layouts."""
