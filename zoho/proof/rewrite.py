"""What a repair writes into one record: values where they belong, else into Description. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from leads.data import as_text
from zoho.fit.metadata import Field, Record
from zoho.models import Cause, Loss, ReadBack
from zoho.proof.judge import is_cut
from zoho.proof.plan import is_empty
from zoho.proof.read_back import Judge


@dataclass
class Rewrite:
    """The changes of one record, and what is expected there afterwards."""

    changes: Record = field(default_factory=dict)
    expected: Record = field(default_factory=dict)
    into_fields: list[str] = field(default_factory=list)
    into_text: list[str] = field(default_factory=list)
    area: str = "Description"
    failed: str = ""

    def words(self) -> str:
        """What was done, in names of fields."""
        said = [", ".join(self.into_fields)] if self.into_fields else []
        if self.into_text:
            said.append(f"{', '.join(self.into_text)} → {self.area}")
        return "; ".join(said)


def rewrite(row: ReadBack, record: Record, lost: Iterable[Loss], judge: Judge) -> Rewrite:
    """What is still to be written of the lost values; nothing where somebody filled them.

    A value goes back into its field where that is certain to keep it; a field that did not keep it
    before, or cannot, has it written into Description as "label: value". A field that `record`
    does not show may hold anything, and is not written over.
    """
    sent = row.sent or {}
    todo, described = Rewrite(expected=dict(sent)), judge.fields(sent)
    texts: list[tuple[str, str]] = []
    for loss in lost:
        value, target = sent.get(loss.field), described.get(loss.field)
        if is_empty(value) or not _is_lost(loss, value, record, target):
            continue
        if loss.field in record and _takes(loss, target):
            todo.changes[loss.field] = value
            todo.into_fields.append(loss.field)
        elif loss.field == judge.reference:
            todo.failed = f"{loss.field} cannot be written, and belongs nowhere else."
        else:
            label = target.label if target and target.label else loss.field.replace("_", " ")
            texts.append((loss.field, f"{label}: {as_text(value)}"))
    shown = [area for area in judge.areas(sent) if area.api_name in record]
    _describe(todo, record, texts, shown)
    return todo


def _is_lost(loss: Loss, value: object, record: Record, target: Field | None) -> bool:
    """Whether the value is still not there."""
    found = record.get(loss.field)
    if loss.cause.kind == Cause.Kind.CUT:
        return is_empty(found) or is_cut(value, found, target)
    return is_empty(found)


def _takes(loss: Loss, target: Field | None) -> bool:
    """Whether the field may be trusted with the value, in all its length."""
    if target is None or not target.is_ours or loss.cause.kind == Cause.Kind.CUT:
        return False
    return not loss.was_restored


def _describe(
    todo: Rewrite, record: Record, texts: list[tuple[str, str]], areas: list[Field]
) -> None:
    """Append the lines to the first field of several lines that has room for all of them."""
    if not texts:
        return
    for area in areas:
        before = as_text(todo.changes.get(area.api_name) or record.get(area.api_name))
        new = [line for _name, line in texts if line not in before]
        after = "\n".join([*filter(None, [before]), *new])
        if len(after) <= area.length:
            todo.area = area.api_name
            todo.into_text = [name for name, _line in texts]
            if new:
                todo.changes[area.api_name] = after
            for name, _line in texts:
                todo.expected.pop(name, None)
            todo.expected[area.api_name] = after
            return
    names = ", ".join(name for name, _line in texts)
    todo.failed = f"There is no field of several lines with room for {names}."
