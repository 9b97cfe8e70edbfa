"""One field as all places of some leads have it: what each of them takes, or why they part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from leads.delivery.crm_fields import CrmField, InputKind

BY_ID = (InputKind.RECORD, InputKind.JSON)
"""Kinds whose values name records by ids, which say nothing, or something else, elsewhere."""


class Apart(ValueError):
    """One value cannot be right for all of them; its text tells people why."""


def agreed(found: Sequence[CrmField | None], destinations: int) -> CrmField | None:
    """The field as all of these have it; None where none of them has it. Raises Apart.

    `found` is the field as each destination's module has it, that of most leads first.
    """
    known = [one for one in found if one is not None]
    if not known:
        return None
    first, name = known[0], {"name": known[0].label}
    if len(known) < len(found):
        raise Apart(_("Some of these leads go where no %(name)s can be filled in.") % name)
    kinds = {(one.kind, one.of) for one in known}
    is_id = any(one.kind in BY_ID for one in known)
    if is_id and (destinations > 1 or len(kinds) > 1):
        said = _(
            "%(name)s names a record by its id, and an id is good in one Zoho alone. These leads "
            "go to more than one."
        )
        raise Apart(said % name)
    listed = [one for one in known if one.choices]
    if not listed or is_id:
        return first
    common = tuple(_common(one.choices for one in listed))
    if not common:
        raise Apart(_("No choice of %(name)s is known everywhere these leads go.") % name)
    return replace(listed[0], choices=common)


def _common(lists: Iterable[tuple[tuple[str, str], ...]]) -> list[tuple[str, str]]:
    """The choices that stand in every list, in the order of the first."""
    first, *others = lists
    values = [{value for value, _words in one} for one in others]
    return [one for one in first if all(one[0] in known for known in values)]
