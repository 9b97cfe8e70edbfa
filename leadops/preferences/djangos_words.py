"""Texts of Django's pages that its German lacks, or says otherwise than ours.

A catalogue of the project goes before Django's own.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

OTHERWISE = (
    gettext_noop("History"),
    gettext_noop("Save and add another"),
    gettext_noop("Save and continue editing"),
    gettext_noop("Home"),
)
LACKING = (
    gettext_noop("Reset password"),
    gettext_noop("Raw passwords are not stored, so there is no way to see the user’s password."),
)
