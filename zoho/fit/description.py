"""Description as the place for what fits nowhere else: "label: value", a line each. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.fit.metadata import Field, Fields, Record
from zoho.fit.text import size

NO_PLACE = Sentence(_("The module has no field of several lines for what fits nowhere else."))
NO_PLACE_THERE = Sentence(
    _("The layout “%(layout)s” has no field of several lines for what fits nowhere else.")
)
FULL = Sentence(
    _("%(field)s holds at most %(most)s characters and is full; %(label)s has %(count)s.")
)


@dataclass(frozen=True)
class Failure:
    """What no rule can mend. `text` names field, limit and length, never the value."""

    reason: Reason
    field: str
    text: str


def text_areas(fields: Fields) -> list[Field]:
    """Where there is room for more, best first: Description, then the largest text areas."""
    areas = [f for f in fields.values() if f.type == "textarea" and f.is_ours]
    return sorted(areas, key=lambda f: (f.api_name != "Description", -f.length, f.api_name))


class _Area:
    """A field of several lines that is being filled."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.lines: list[str] = []
        self.used = 0

    def takes(self, line: str) -> bool:
        """Whether the line still fits, with the line break before it."""
        return self.used + bool(self.lines) + size(line) <= self.field.length

    def add(self, line: str) -> None:
        """Write the line."""
        self.used += bool(self.lines) + size(line)
        self.lines.append(line)


class Description:
    """What goes to Description, in the order in which it came up."""

    def __init__(self, fields: Fields) -> None:
        self.areas = text_areas(fields)
        self.layout = next((one.layout for one in fields.values() if one.layout), "")
        self.text: tuple[str, str] | None = None
        """Label and text that a rule puts into the field itself: its first lines."""
        self.lines: list[tuple[str, str]] = []
        self.seen: set[tuple[str, str]] = set()

    @property
    def name(self) -> str:
        """The field that is filled first."""
        return self.areas[0].api_name if self.areas else "Description"

    def add(self, label: str, value: str) -> None:
        """Note a value; the same one under the same label once."""
        if (label, value) not in self.seen:
            self.seen.add((label, value))
            self.lines.append((label, value))

    def write(self, record: Record) -> Failure | None:
        """Write everything into the record; a Failure where there is no room for one value.

        What does not fit behind the rest goes to the next text area that is still empty. Even on
        failure every character is in the record, in Description.
        """
        free = [area for area in self.areas if area.api_name not in record]
        if not free:
            return self._write_nowhere(record) if self.lines else None
        areas, failure = [_Area(field) for field in free], None
        for label, value, line in self._written(areas[0]):
            area = next((area for area in areas if area.takes(line)), None)
            failure = failure or (None if area else _no_room(free[0], label, value))
            (area or areas[0]).add(line)
        for area in areas:
            if area.lines:
                record[area.field.api_name] = "\n".join(area.lines)
        return failure

    def _written(self, first: _Area) -> list[tuple[str, str, str]]:
        """Label, value and line of everything; the field's own text has no label in it."""
        lines = [(label, value, f"{label}: {value}") for label, value in self.lines]
        if self.text is None:
            return lines
        label, text = self.text
        return [(label, text, text if first.takes(text) else f"{label}: {text}"), *lines]

    def _write_nowhere(self, record: Record) -> Failure:
        record["Description"] = "\n".join(f"{label}: {value}" for label, value in self.lines)
        text = NO_PLACE_THERE(layout=self.layout) if self.layout else NO_PLACE()
        return Failure(Reason.INVALID_VALUE, self.lines[0][0], text)


def _no_room(area: Field, label: str, value: str) -> Failure:
    text = FULL(field=area.api_name, most=area.length, label=label[:100], count=len(value))
    return Failure(Reason.TOO_LONG, area.api_name, text)
