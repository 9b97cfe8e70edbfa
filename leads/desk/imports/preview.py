"""The first rows of an import as they would be read."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from leads.data import KNOWN_FIELDS
from leads.decisions.imports.upload import first_rows
from leads.desk.kit import masking
from leads.desk.kit.formatting import label
from leads.intake.files.prepared import Layout
from leads.models import LeadImport

SHOWN = 20


def preview(made: LeadImport, user: Any) -> dict[str, Any]:
    """The rows as tables show them: our fields that any of them has, and what is unclear."""
    if made.kind != LeadImport.Kind.LEADS or made.forgotten_at:
        return {"preview": None}
    layout = Layout.of(made)
    read = [(line, layout.read(data)) for line, data in first_rows(made, SHOWN)]
    names = [name for name in KNOWN_FIELDS if any(one.fields.get(name) for _n, one in read)]
    rows = [
        {
            "line": line,
            "cells": [masking.value(name, str(one.fields.get(name, "")), user) for name in names],
            "unclear": [
                _("%(field)s: %(paths)s")
                % {
                    "field": label(field),
                    "paths": ", ".join(masking.field(path, user) for path in paths),
                }
                for field, paths in one.unclear.items()
            ],
        }
        for line, one in read
    ]
    found = {path for _n, one in read for path in one.paths}
    others = [masking.field(name, user) for name in made.columns if name not in found]
    return {"preview": rows, "headings": [label(name) for name in names], "others": others}
