"""System checks: what `manage.py check` refuses before anything starts."""
