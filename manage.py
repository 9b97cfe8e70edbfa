#!/usr/bin/env python
"""Django's command line for LeadOps."""

import os
import sys

from django.core.management import execute_from_command_line

from leadops.operations import starting

if __name__ == "__main__":
    starting.begin()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    execute_from_command_line(sys.argv)
