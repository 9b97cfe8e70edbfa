"""Why a file cannot be imported: one clear line, with the place in the file."""

from __future__ import annotations

from django.utils.translation import gettext as _

from leads.shown.numbers import localised


class FileRefused(Exception):
    """The file is refused whole. Its text is for people and quotes no value of the file.

    `values` go into the text, numbers as the reader writes them.
    """

    def __init__(self, why: str, line: int | None = None, **values: int | str) -> None:
        words = why % {name: _shown(value) for name, value in values.items()} if values else why
        if line:
            words = _("Line %(line)s: %(why)s") % {"line": _shown(line), "why": words}
        super().__init__(words)


def _shown(value: int | str) -> str:
    return value if isinstance(value, str) else localised(f"{value:,}")
