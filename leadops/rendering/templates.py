"""How templates are read: laid out for whoever edits them, sent without the layout."""

from __future__ import annotations

import re

from django.template import Origin
from django.template.loaders import filesystem

# Whose white space is shown, or the white space that begins a line.
KEPT_OR_INDENT = re.compile(r"(<(pre|textarea)\b.*?</\2>)|(?<=\n)[ \t]+", re.DOTALL)


class Loader(filesystem.Loader):
    """Templates of a folder, the HTML among them without its indentation.

    It is an eighth of the failed table's page and a quarter of the dashboard's. Lines stay, so
    that an error names the line of the file.
    """

    def get_contents(self, origin: Origin) -> str:
        """The template's source. Raises TemplateDoesNotExist."""
        source = super().get_contents(origin)
        if not str(origin.name).endswith(".html"):
            return source
        return KEPT_OR_INDENT.sub(lambda found: found[1] or "", source)
