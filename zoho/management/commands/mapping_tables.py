"""Write the tables of docs/mapping.md anew, after a rule, a transform or a field type changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from zoho.mapping.docs_tables import DOCUMENT, renew


class Command(BaseCommand):
    """`python manage.py mapping_tables`"""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrite the document; only its tables change."""
        DOCUMENT.write_text(renew(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
