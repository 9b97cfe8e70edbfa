"""How templates are read: laid out for whoever edits them, sent without the layout."""

from __future__ import annotations

import re

from django.template import Origin
from django.template.loaders import app_directories, filesystem

BLOCKS = (
    "article|aside|body|dd|details|dialog|div|dl|dt|fieldset|footer|form|g|h[1-6]|head|header|html|"
    "legend|li|line|link|main|meta|nav|noscript|ol|optgroup|option|p|path|rect|script|section|"
    "select|summary|svg|table|tbody|td|template|tfoot|th|thead|title|tr|ul"
)
# A tag of the template language may hold quotes and brackets of its own. Possessive throughout:
# nothing is tried twice.
CODE = r"\{[%{\#].*?[%}\#]\}"
VALUE = rf'"(?:{CODE}|[^"])*+"'
REST = rf'(?:{CODE}|{VALUE}|[^>"])*+>'
VERBATIM = re.compile(r"(<(?:pre|textarea)\b.*?</(?:pre|textarea)>)", re.DOTALL)
LINE_BREAK = re.compile(r"\s*\n\s*")
TAGS = re.compile(rf"<[a-zA-Z]{REST}", re.DOTALL)
VALUES = re.compile(VALUE, re.DOTALL)
# Beside a block, and inside a button, a break is never shown.
UNSEEN = re.compile(
    rf"(<(?:/?(?:{BLOCKS})|button)\b{REST})\n|\n(?=</?(?:{BLOCKS})\b|</button>)", re.DOTALL
)


class Loader(filesystem.Loader):
    """Templates of a folder, the HTML among them without the white space of its layout.

    It would be an eighth of the failed table's page and a quarter of the dashboard's. Kept is
    what a browser shows: in `pre` and `textarea`, and a break between words or within a line.
    """

    def get_contents(self, origin: Origin) -> str:
        """The template's source. Raises TemplateDoesNotExist."""
        source = super().get_contents(origin)
        if not str(origin.name).endswith(".html"):
            return source
        parts = VERBATIM.split(source)
        parts[::2] = map(tight, parts[::2])
        return "".join(parts)


class AppLoader(app_directories.Loader, Loader):
    """The same for the templates of other apps: Django's own frame is around every page."""


def tight(source: str) -> str:
    """The same HTML with each tag on one line, and no line breaks that nobody sees."""
    source = TAGS.sub(lambda found: one_line(found[0]), LINE_BREAK.sub("\n", source))
    return UNSEEN.sub(lambda found: found[1] or "", source)


def one_line(tag: str) -> str:
    """A tag whose attributes, or the words of one, stood in lines."""
    tag = VALUES.sub(lambda found: f'"{found[0][1:-1].strip()}"', tag).replace("\n", " ")
    return tag.removesuffix(" >") + ">" if tag.endswith(" >") else tag
