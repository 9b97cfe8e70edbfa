"""What changed in Zoho between two readings of a module, as far as leads are concerned. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from django.dispatch import Signal

from zoho.fit.metadata import Kept

module_read = Signal()
"""A module's metadata was read again and differs. `row`: as it is; `before`: as it was; `now`."""


def drifts(
    before: Mapping[str, Kept], after: Mapping[str, Kept], used: Collection[str]
) -> list[str]:
    """What became of the fields that leads use, one sentence a field, in their order."""
    return [said for name in sorted(used) if name in before for said in _of(name, before, after)]


def _of(name: str, before: Mapping[str, Kept], after: Mapping[str, Kept]) -> Iterator[str]:
    if name not in after:
        renamed = _renamed(before[name], {n: after[n] for n in after if n not in before})
        yield f"{name} is now called {renamed}." if renamed else f"{name} is no longer there."
        return
    old, new = before[name], after[name]
    if old.get("type") != new.get("type"):
        yield f"{name} is of type {new.get('type')} now, before {old.get('type')}."
    if new.get("read_only") and not old.get("read_only"):
        yield f"{name} can no longer be written."
    if old.get("unique") and not new.get("unique"):
        yield f"{name} may now hold one value twice."


def _renamed(old: Kept, new: Mapping[str, Kept]) -> str:
    """The one new field of the same type and label; empty where there is none, or several."""
    alike = [
        name
        for name, kept in new.items()
        if old.get("label") and all(kept.get(key) == old.get(key) for key in ("type", "label"))
    ]
    return alike[0] if len(alike) == 1 else ""


def layout_drifts(
    before: Mapping[str, Kept], after: Mapping[str, Kept], used: Mapping[str, Collection[str]]
) -> list[str]:
    """What became of the layouts that sites name: `used` holds the fields they fill, by layout."""
    said = []
    for layout, names in sorted(used.items()):
        if layout not in before:
            continue
        called = before[layout]["name"]
        if layout not in after:
            said.append(f"The layout “{called}” is no longer there.")
            continue
        gone = set(before[layout]["fields"]) - set(after[layout]["fields"])
        said += [f"{one} is no longer in the layout “{called}”." for one in sorted(gone & {*names})]
        new = set(after[layout]["required"]) - set(before[layout]["required"])
        said += [f"The layout “{called}” now requires {one}." for one in sorted(new)]
    return said
