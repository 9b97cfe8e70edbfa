"""What a repair writes into one record: values where they belong, else into Description. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from leads.data import as_text
from leads.shown.sentences import Sentence
from zoho.fit.metadata import Field, Record
from zoho.fit.text import size
from zoho.models import Cause, Loss, ReadBack
from zoho.proof.judge import is_cut, is_replaced
from zoho.proof.plan import is_empty
from zoho.proof.read_back import Judge

OUR_OWN = Sentence(
    _(
        "%(name)s cannot be written, and belongs nowhere else: it is our own reference, no value "
        "of the lead."
    )
)
NO_ROOM = Sentence(_("There is no field of several lines with room for %(names)s."))


@dataclass
class Rewrite:
    """The changes of one record, and what is expected there afterwards."""

    changes: Record = field(default_factory=dict)
    expected: Record = field(default_factory=dict)
    into_fields: list[str] = field(default_factory=list)
    into_text: dict[str, list[str]] = field(default_factory=dict)
    """What is written as a line, by the field of several lines that has it."""
    our_own: list[str] = field(default_factory=list)
    """The reference, where it cannot be written: no value of the lead, and no line for people."""
    no_room: list[str] = field(default_factory=list)

    @property
    def left(self) -> list[str]:
        """The fields whose values are still not in the record afterwards."""
        return [*self.our_own, *self.no_room]

    @property
    def failed(self) -> str:
        """Why some values are not restored; empty where all are."""
        said = [OUR_OWN(name=name) for name in self.our_own]
        if self.no_room:
            names = ", ".join(self.no_room)
            said.append(NO_ROOM(names=names))
        return " ".join(said)

    def words(self) -> str:
        """What was done, in names of fields."""
        said = [", ".join(self.into_fields)] if self.into_fields else []
        said += [f"{', '.join(names)} → {area}" for area, names in self.into_text.items()]
        return "; ".join(said)


def rewrite(
    row: ReadBack,
    record: Record,
    lost: Iterable[Loss],
    judge: Judge,
    tried: Collection[str] = (),
) -> Rewrite:
    """What is still to be written of the lost values; nothing where somebody filled them.

    A value goes back into its field where that is certain to keep it; a field that did not keep it
    before, or cannot, has it written into Description as "label: value". A field that `record`
    does not show may hold anything, and is not written over. What was `tried` before, by a call
    whose answer was lost, and is there as it was sent counts as written by us.
    """
    sent = row.sent or {}
    todo, described = Rewrite(expected=dict(sent)), judge.fields(sent)
    texts: list[tuple[str, str]] = []
    for loss in lost:
        name, value = loss.field, sent.get(loss.field)
        target = described.get(name)
        if is_empty(value) or not _is_lost(loss, value, record, target):
            if name in tried and name in record and as_text(record[name]) == as_text(value):
                todo.into_fields.append(name)
        elif is_empty(record.get(name, "")) and name in record and _takes(loss, target):
            todo.changes[name] = value
            todo.into_fields.append(name)
        elif name == judge.reference:
            todo.our_own.append(name)
        else:
            label = target.label if target and target.label else name.replace("_", " ")
            texts.append((name, f"{label}: {as_text(value)}"))
    shown = [area for area in judge.areas(sent) if area.api_name in record]
    for name, line in texts:
        _describe(todo, record, name, line, shown, tried)
    return todo


def _is_lost(loss: Loss, value: object, record: Record, target: Field | None) -> bool:
    """Whether the value is still not there."""
    found = record.get(loss.field)
    if loss.cause.kind == Cause.Kind.CUT:
        return is_empty(found) or is_cut(value, found, target)
    if loss.cause.kind == Cause.Kind.REPLACED:
        return is_replaced(value, found)
    return is_empty(found)


def _takes(loss: Loss, target: Field | None) -> bool:
    """Whether the field may be trusted with the value, in all its length."""
    if target is None or not target.is_ours or loss.cause.kind == Cause.Kind.CUT:
        return False
    return not loss.was_restored


def _describe(
    todo: Rewrite,
    record: Record,
    name: str,
    line: str,
    areas: list[Field],
    tried: Collection[str],
) -> None:
    """Append the line to the first field of several lines that has room, unless one has it."""
    texts = {a.api_name: as_text(todo.changes.get(a.api_name) or record[a.api_name]) for a in areas}
    there = next((area for area, text in texts.items() if has_line(text, line)), None)
    after = {area: "\n".join(filter(None, [text, line])) for area, text in texts.items()}
    fits = (a.api_name for a in areas if size(after[a.api_name]) <= a.length)
    area = there or next(fits, None)
    if area is None:
        todo.no_room.append(name)
        return
    if there is None:
        todo.changes[area] = after[area]
    todo.expected.pop(name, None)
    todo.expected[area] = texts[area] if there else after[area]
    if there is None or name in tried:
        todo.into_text.setdefault(area, []).append(name)


def has_line(text: str, line: str) -> bool:
    """Whether the line, or the lines, stand in the text by themselves, from end to end."""
    whole, part = ("\n".join(one.rstrip() for one in of.splitlines()) for of in (text, line))
    return f"\n{part}\n" in f"\n{whole}\n"
