"""What a page and all that it loads weigh."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from django.contrib.staticfiles import finders

NAMED = re.compile(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"')
IMPORTED = re.compile(r'(?:from "\./|@import url\(")([^"/]+)"')


def weight(page: str) -> int:
    """Bytes before compression: the page, the files that it names, and those that they import."""
    return len(page.encode()) + sum(map(len, files(page).values()))


def files(page: str) -> dict[str, bytes]:
    """The content of every static file that a page loads, by name."""
    found: dict[str, bytes] = {}
    wanted = NAMED.findall(page)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = Path(str(finders.find(name))).read_bytes()
            imported = IMPORTED.findall(found[name].decode())
            wanted += [str(PurePosixPath(name).with_name(other)) for other in imported]
    return found
