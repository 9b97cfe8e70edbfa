"""The front page: figures, alarms, first steps."""
