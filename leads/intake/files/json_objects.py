"""Objects of a file with one JSON object a line. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.data import as_text
from leads.intake.body.fields import clean
from leads.intake.body.formats import read_json
from leads.intake.body.heavy import MOST_KEYS, names_in
from leads.intake.body.submission import MAX_BODY
from leads.intake.errors import Unreadable
from leads.intake.files.refused import FileRefused

MOST_NAMES = 500
ONE_A_LINE = gettext_lazy("Each line must be one JSON object: {…}. A list of objects is not taken.")


def read(text: io.TextIOWrapper) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line's number and its object, those without a value left out. Raises FileRefused."""
    number = 0
    while line := text.readline(MAX_BODY + 1):
        number += 1
        if len(line) > MAX_BODY:
            raise FileRefused(_("The row has more than a million characters."), number)
        if not line.strip():
            continue
        try:
            data = clean(read_json.parse(line.strip().removeprefix("\ufeff")))
        except Unreadable as refusal:
            # The fault itself is named as to programs, in English.
            said = str(refusal.detail).replace("The body is", "It is")
            raise FileRefused(f"{said} {ONE_A_LINE}", number) from None
        if not isinstance(data, dict):
            raise FileRefused(str(ONE_A_LINE), number)
        if names_in(data) > MOST_KEYS:
            raise FileRefused(_("The row has more than %(most)s names."), number, most=MOST_KEYS)
        if found := {name: value for name, value in data.items() if as_text(value)}:
            yield number, found
